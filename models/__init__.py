"""What a model is: the contract of an exported model, and the repository that keeps them.

Both other rooms stand on this one: `training` writes models, `service` reads them.
Nothing here imports either of them, and importing this package loads no runtime.
"""

from models.environment.privacy import opt_out

opt_out()

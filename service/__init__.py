"""How models answer: HTTP, batching, limits, health, the web page.

Nothing here imports TensorFlow or Keras, unless a model has to run on the TensorFlow runtime.
"""

from models.environment.privacy import opt_out

opt_out()  # before BentoML is imported

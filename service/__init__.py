"""How models answer: HTTP, batching, limits, health, the web page.

Nothing here imports TensorFlow or Keras, unless a model has to run on the TensorFlow runtime.
"""

import os

# Before BentoML is imported: it reports usage to its makers otherwise.
os.environ["BENTOML_DO_NOT_TRACK"] = "True"  # "1" is not understood

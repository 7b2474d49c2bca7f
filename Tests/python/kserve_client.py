"""KServe's REST client without the rest of KServe's Python package.

`import kserve` runs an __init__ that imports a model server and a Kubernetes client; the REST client needs neither.
A package object with the right path lets its modules be imported one by one.
"""

import importlib.util
import sys
import types

if "kserve" not in sys.modules:
    package = types.ModuleType("kserve")
    package.__path__ = list(importlib.util.find_spec("kserve").submodule_search_locations)
    sys.modules["kserve"] = package

from kserve.inference_client import InferenceRESTClient, RESTConfig  # noqa: E402
from kserve.protocol.infer_type import InferInput, InferRequest  # noqa: E402

__all__ = ["InferenceRESTClient", "RESTConfig", "InferInput", "InferRequest"]

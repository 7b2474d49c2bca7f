#include "CDunlinKernels.h"

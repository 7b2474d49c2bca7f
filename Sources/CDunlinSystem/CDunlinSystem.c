#include "CDunlinSystem.h"

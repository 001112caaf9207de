#pragma once
#pragma clang module import CLinux  // It owns what both declare.
#include <hiredis/hiredis.h>

#pragma once
// What Glibc declares is Glibc's: without this line it would belong to whichever module was compiled first.
#pragma clang module import SwiftGlibc
#include <hiredis/hiredis.h>

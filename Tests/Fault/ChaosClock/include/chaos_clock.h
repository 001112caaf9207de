/* Nothing is called from here: the library is put in front of a program by LD_PRELOAD. */

//! Every exported C function, nothing else.

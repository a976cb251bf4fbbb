#ifdef __cplusplus
extern "C" {
#endif

/* Directory of the local sockets whose address is a number; "/tmp" unless set before the call. */
extern const char *mco_unix_socket_dir;

#ifdef __cplusplus
}
#endif

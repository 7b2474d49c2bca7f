// OpenSSL, from the system's headers (Debian: libssl-dev): TLS. Only builds with the package trait TLS read this. Nothing
// else belongs here but what Swift cannot see of it: macros, as functions and constants. Names are OpenSSL's own, after
// `dunlin_`; arguments and results are documented in its manual pages.
#pragma once

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

static const uint64_t dunlin_ssl_op_no_renegotiation = SSL_OP_NO_RENEGOTIATION;
static const uint64_t dunlin_ssl_op_no_compression = SSL_OP_NO_COMPRESSION;
static const uint64_t dunlin_ssl_op_cipher_server_preference = SSL_OP_CIPHER_SERVER_PREFERENCE;
static const uint64_t dunlin_ssl_op_prioritize_chacha = SSL_OP_PRIORITIZE_CHACHA;
static const uint64_t dunlin_ssl_op_ignore_unexpected_eof = SSL_OP_IGNORE_UNEXPECTED_EOF;

static const long dunlin_ssl_mode_enable_partial_write = SSL_MODE_ENABLE_PARTIAL_WRITE;
static const long dunlin_ssl_mode_accept_moving_write_buffer = SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER;
static const long dunlin_ssl_mode_release_buffers = SSL_MODE_RELEASE_BUFFERS;
static const long dunlin_ssl_mode_auto_retry = SSL_MODE_AUTO_RETRY;

static inline long dunlin_ssl_ctx_set_mode(SSL_CTX *ctx, long mode) { return SSL_CTX_set_mode(ctx, mode); }
static inline long dunlin_ssl_ctx_clear_mode(SSL_CTX *ctx, long mode) { return SSL_CTX_clear_mode(ctx, mode); }
static inline long dunlin_ssl_ctx_set_read_ahead(SSL_CTX *ctx, int yes) { return SSL_CTX_set_read_ahead(ctx, yes); }
static inline long dunlin_ssl_ctx_set_session_cache_mode(SSL_CTX *ctx, long mode) {
    return SSL_CTX_set_session_cache_mode(ctx, mode);
}
static inline long dunlin_ssl_ctx_set_min_proto_version(SSL_CTX *ctx, int version) {
    return SSL_CTX_set_min_proto_version(ctx, version);
}
static inline long dunlin_ssl_ctx_set_max_proto_version(SSL_CTX *ctx, int version) {
    return SSL_CTX_set_max_proto_version(ctx, version);
}
static inline long dunlin_ssl_ctx_set1_groups_list(SSL_CTX *ctx, const char *list) {
    return SSL_CTX_set1_groups_list(ctx, list);
}
static inline long dunlin_ssl_ctx_set_max_cert_list(SSL_CTX *ctx, long count) {
    return SSL_CTX_set_max_cert_list(ctx, count);
}
static inline long dunlin_ssl_set_tlsext_host_name(SSL *ssl, const char *name) {
    return SSL_set_tlsext_host_name(ssl, name);
}
/// Takes over `certificate`.
static inline long dunlin_ssl_ctx_add0_chain_cert(SSL_CTX *ctx, X509 *certificate) {
    return SSL_CTX_add0_chain_cert(ctx, certificate);
}

/// Whether a reader of PEM has come to the end of what there is to read.
static inline int dunlin_err_is_no_start_line(unsigned long code) {
    return ERR_GET_LIB(code) == ERR_LIB_PEM && ERR_GET_REASON(code) == PEM_R_NO_START_LINE;
}

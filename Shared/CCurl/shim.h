#pragma once
#pragma clang module import CLinux  // It owns what both declare.
#include <curl/curl.h>

// Doors for the variadic calls of libcurl, one per type that an option takes, so that no caller can pass an int where a
// long is read.
static inline CURLcode namaskah_curl_set_long(CURL *handle, CURLoption option, long value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode namaskah_curl_set_size(CURL *handle, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode namaskah_curl_set_text(CURL *handle, CURLoption option, const char *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode namaskah_curl_set_bytes(CURL *handle, CURLoption option, const void *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode namaskah_curl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(handle, option, value);
}
static inline CURLcode namaskah_curl_set_share(CURL *handle, CURLSH *share) {
    return curl_easy_setopt(handle, CURLOPT_SHARE, share);
}

typedef size_t (*namaskah_curl_sink)(char *start, size_t size, size_t count, void *owner);
typedef int (*namaskah_curl_before_request)(
    void *owner, char *primary, char *local, int primary_port, int local_port);

/// Sets the three callbacks of a transfer and the owner that all of them get.
static inline void namaskah_curl_set_callbacks(
    CURL *handle, void *owner, namaskah_curl_sink header, namaskah_curl_sink body,
    namaskah_curl_before_request before_request) {
    curl_easy_setopt(handle, CURLOPT_PRIVATE, owner);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, owner);
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, header);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, owner);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, body);
    curl_easy_setopt(handle, CURLOPT_PREREQDATA, owner);
    curl_easy_setopt(handle, CURLOPT_PREREQFUNCTION, before_request);
}

static inline long namaskah_curl_get_long(CURL *handle, CURLINFO info) {
    long value = 0;
    curl_easy_getinfo(handle, info, &value);
    return value;
}
static inline curl_off_t namaskah_curl_get_size(CURL *handle, CURLINFO info) {
    curl_off_t value = 0;
    curl_easy_getinfo(handle, info, &value);
    return value;
}
static inline void *namaskah_curl_get_owner(CURL *handle) {
    char *value = 0;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &value);
    return value;
}

static inline CURLMcode namaskah_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLSHcode namaskah_curl_share_sessions(CURLSH *share) {
    return curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
}
/// The transfer that a message is about and how it ended; false for a message of another kind.
static inline int namaskah_curl_finished(const CURLMsg *message, CURL **handle, CURLcode *code) {
    if (message->msg != CURLMSG_DONE) return 0;
    *handle = message->easy_handle;
    *code = message->data.result;
    return 1;
}

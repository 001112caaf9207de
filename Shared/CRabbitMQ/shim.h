#pragma once
#pragma clang module import CLinux  // It owns what both declare.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <amqp_ssl_socket.h>

/// Logs in with user and password. The library's own function is variadic, which Swift cannot call.
static inline amqp_rpc_reply_t namaskah_amqp_login(
    amqp_connection_state_t state, const char *vhost, int frame_max, int heartbeat, const amqp_table_t *properties,
    const char *user, const char *password) {
    return amqp_login_with_properties(
        state, vhost, 1, frame_max, heartbeat, properties, AMQP_SASL_METHOD_PLAIN, user, password);
}

// The method numbers are macros with a cast, which Swift does not import.
static const uint32_t namaskah_connection_close = AMQP_CONNECTION_CLOSE_METHOD;
static const uint32_t namaskah_connection_blocked = AMQP_CONNECTION_BLOCKED_METHOD;
static const uint32_t namaskah_connection_unblocked = AMQP_CONNECTION_UNBLOCKED_METHOD;
static const uint32_t namaskah_channel_close = AMQP_CHANNEL_CLOSE_METHOD;
static const uint32_t namaskah_basic_deliver = AMQP_BASIC_DELIVER_METHOD;
static const uint32_t namaskah_basic_return = AMQP_BASIC_RETURN_METHOD;
static const uint32_t namaskah_basic_ack = AMQP_BASIC_ACK_METHOD;
static const uint32_t namaskah_basic_nack = AMQP_BASIC_NACK_METHOD;
static const uint32_t namaskah_basic_cancel = AMQP_BASIC_CANCEL_METHOD;
static const uint32_t namaskah_basic_cancel_ok = AMQP_BASIC_CANCEL_OK_METHOD;
static const uint32_t namaskah_queue_declare = AMQP_QUEUE_DECLARE_METHOD;
static const uint32_t namaskah_queue_bind = AMQP_QUEUE_BIND_METHOD;
static const uint32_t namaskah_queue_declare_ok = AMQP_QUEUE_DECLARE_OK_METHOD;

/* SPDX-License-Identifier: Apache-2.0 */
#include "https.h"

#include <errno.h>
#include <stdlib.h>

#include <curl/curl.h>

#define CONNECTIONS_MAX 64L

struct https {
    struct net_loop *loop;
    CURLM *multi;
    struct net_timer timer;
    struct fetch *fetches;
    unsigned handles; /* the timer and the polls, until they are closed */
    bool is_freed;
};

struct fetch {
    struct https *https;
    struct fetch *next, **link;
    CURL *easy;
    struct curl_slist *resolve;
    https_answered *answered;
    void *owner;
    struct buf body;
    char error[CURL_ERROR_SIZE];
};

struct watch {
    uv_poll_t poll;
    struct https *https;
    curl_socket_t fd;
};

static void leave(struct https *h)
{
    if (--h->handles == 0)
        free(h);
}

/* ---- ends ---- */

static void end_fetch(struct fetch *f)
{
    *f->link = f->next;
    if (f->next)
        f->next->link = f->link;
    (void)curl_multi_remove_handle(f->https->multi, f->easy);
    curl_easy_cleanup(f->easy);
    curl_slist_free_all(f->resolve);
    buf_release(&f->body);
    free(f);
}

/* No way there from here, by IPv6 for one, says nothing of the server. */
static bool is_without_route(const struct fetch *f)
{
    long number = 0;
    (void)curl_easy_getinfo(f->easy, CURLINFO_OS_ERRNO, &number);
    return number == ENETUNREACH || number == EHOSTUNREACH || number == EADDRNOTAVAIL;
}

static enum https_end end_of(const struct fetch *f, CURLcode code)
{
    switch ((int)code) {
    case CURLE_OK:
        return HTTPS_DONE;
    case CURLE_PEER_FAILED_VERIFICATION:
        return HTTPS_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
        return HTTPS_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTPS_TIMEOUT;
    case CURLE_WRITE_ERROR:
    case CURLE_FILESIZE_EXCEEDED:
        return buf_error(&f->body) == ERR_NOMEM ? HTTPS_FAILED : HTTPS_TOO_LARGE;
    case CURLE_OUT_OF_MEMORY:
        return HTTPS_FAILED;
    case CURLE_COULDNT_CONNECT:
        return is_without_route(f) ? HTTPS_FAILED : HTTPS_UNREACHABLE;
    default:
        return HTTPS_UNREACHABLE;
    }
}

static void answer(struct fetch *f, CURLcode code)
{
    struct https_answer a = {.end = end_of(f, code), .body = buf_octets(&f->body)};
    long status = 0;
    (void)curl_easy_getinfo(f->easy, CURLINFO_RESPONSE_CODE, &status);
    a.status = status > 0 ? (unsigned)status : 0;
    a.error = code == CURLE_OK ? "" : f->error[0] ? f->error : curl_easy_strerror(code);
    f->answered(f->owner, &a);
    end_fetch(f);
}

/* An answer may ask for more, or free all. */
static void take_ends(struct https *h)
{
    CURLMsg *m;
    int left;
    while (!h->is_freed && (m = curl_multi_info_read(h->multi, &left))) {
        char *fetch = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode code = m->data.result;
        (void)curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &fetch);
        answer((struct fetch *)(void *)fetch, code);
    }
}

/* ---- the loop ---- */

static void act(struct https *h, curl_socket_t fd, int what)
{
    int running;
    (void)curl_multi_socket_action(h->multi, fd, what, &running);
    take_ends(h);
}

static void on_timer(void *owner)
{
    struct https *h = owner;
    if (!h->is_freed)
        act(h, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout(CURLM *multi, long ms, void *owner)
{
    struct https *h = owner;
    (void)multi;
    if (h->is_freed)
        return 0;
    if (ms < 0)
        net_timer_stop(&h->timer);
    else
        net_timer_start(&h->timer, (uint64_t)ms);
    return 0;
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    int what = status < 0 ? CURL_CSELECT_ERR : 0;
    what |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
    what |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
    if (!w->https->is_freed)
        act(w->https, w->fd, what);
}

static void on_watch_closed(uv_handle_t *handle)
{
    struct watch *w = handle->data;
    struct https *h = w->https;
    free(w);
    leave(h);
}

static struct watch *new_watch(struct https *h, curl_socket_t fd)
{
    struct watch *w = calloc(1, sizeof *w);
    if (!w || uv_poll_init_socket(&h->loop->uv, &w->poll, fd)) {
        free(w);
        return NULL;
    }
    *w = (struct watch){.poll = w->poll, .https = h, .fd = fd};
    w->poll.data = w;
    h->handles++;
    (void)curl_multi_assign(h->multi, fd, w);
    return w;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *owner, void *of_socket)
{
    struct https *h = owner;
    struct watch *w = of_socket;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        (void)curl_multi_assign(h->multi, fd, NULL);
        if (w)
            uv_close((uv_handle_t *)&w->poll, on_watch_closed);
        return 0;
    }
    w = w ? w : new_watch(h, fd);
    if (!w)
        return -1;
    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);
    return uv_poll_start(&w->poll, events, on_ready) ? -1 : 0;
}

static void on_timer_closed(void *owner)
{
    leave(owner);
}

enum err https_new(struct net_loop *l, struct https **ret)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT))
        return ERR_NOMEM;
    struct https *h = calloc(1, sizeof *h);
    CURLM *multi = h ? curl_multi_init() : NULL;
    if (!multi) {
        free(h);
        return ERR_NOMEM;
    }
    *h = (struct https){.loop = l, .multi = multi, .handles = 1};
    net_timer_init(l, &h->timer, on_timer, h);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    (void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, h);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    (void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, h);
    (void)curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, CONNECTIONS_MAX);
    (void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 1L);
    *ret = h;
    return ERR_OK;
}

void https_free(struct https *h)
{
    if (!h || h->is_freed)
        return;
    while (h->fetches)
        end_fetch(h->fetches);
    (void)curl_multi_cleanup(h->multi);
    h->is_freed = true;
    net_timer_close(&h->timer, on_timer_closed);
}

/* ---- a request ---- */

static size_t on_body(char *at, size_t one, size_t count, void *owner)
{
    struct fetch *f = owner;
    buf_append(&f->body, (struct octets){(const uint8_t *)at, one * count});
    return buf_error(&f->body) ? 0 : one * count; /* short: curl gives up with WRITE_ERROR */
}

/* "HOST:PORT:ADDRESS,ADDRESS" */
static bool set_addresses(struct fetch *f, const struct https_request *r)
{
    struct buf text;
    buf_init(&text, 8192);
    buf_append(&text, r->host);
    buf_append_format(&text, ":%u:", r->port);
    for (size_t i = 0; i < r->address_count; i++) {
        buf_append_text(&text, i ? "," : "");
        address_append(&text, &r->addresses[i]);
    }
    buf_append_octet(&text, 0);
    if (!buf_error(&text))
        f->resolve = curl_slist_append(NULL, (const char *)text.data);
    buf_release(&text);
    return f->resolve && curl_easy_setopt(f->easy, CURLOPT_RESOLVE, f->resolve) == CURLE_OK;
}

static bool set_url(struct fetch *f, const struct https_request *r)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_append_text(&text, "https://");
    buf_append(&text, r->host);
    buf_append_format(&text, ":%u", r->port);
    buf_append(&text, r->path);
    buf_append_octet(&text, 0);
    bool ok = !buf_error(&text) &&
              curl_easy_setopt(f->easy, CURLOPT_URL, (const char *)text.data) == CURLE_OK;
    buf_release(&text);
    return ok;
}

static bool set_manners(struct fetch *f, const struct https_request *r)
{
    /* The store that OpenSSL itself would take, as the visits do; libcurl looks at its own alone. */
    const char *roots = getenv("SSL_CERT_FILE");
    CURL *e = f->easy;
    bool ok = curl_easy_setopt(e, CURLOPT_PRIVATE, f) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_ERRORBUFFER, f->error) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_WRITEDATA, f) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, (long)r->timeout_ms) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_FORBID_REUSE, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK;
    ok = ok && curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK;
    return ok && (!roots || curl_easy_setopt(e, CURLOPT_CAINFO, roots) == CURLE_OK);
}

enum err https_get(struct https *h, const struct https_request *r, https_answered *answered,
                   void *owner)
{
    struct fetch *f = calloc(1, sizeof *f);
    CURL *easy = f ? curl_easy_init() : NULL;
    if (!easy) {
        free(f);
        return ERR_NOMEM;
    }
    *f = (struct fetch){.https = h,
                        .next = h->fetches,
                        .link = &h->fetches,
                        .easy = easy,
                        .answered = answered,
                        .owner = owner};
    buf_init(&f->body, r->octets_max);
    if (f->next)
        f->next->link = &f->next;
    h->fetches = f;
    /* curl sets its timer here, and goes to work when that fires. */
    if (set_manners(f, r) && set_url(f, r) && set_addresses(f, r) &&
        curl_multi_add_handle(h->multi, easy) == CURLM_OK)
        return ERR_OK;
    end_fetch(f);
    return ERR_NOMEM;
}

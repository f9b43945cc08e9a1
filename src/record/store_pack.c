/* SPDX-License-Identifier: Apache-2.0 */
#include <zdict.h>

#include "record.h"
#include "store_parts.h"

#define LEVEL             1
#define DICTIONARY_OCTETS ((size_t)32 * 1024)
#define SAMPLES           1000
#define SAMPLES_OCTETS    ((size_t)8 * 1024 * 1024)
/* Shorter texts, of who did not answer, have little to teach. */
#define SAMPLE_OCTETS_MIN 600

enum err store_packer_init(struct store_packer *p)
{
    *p = (struct store_packer){.context = ZSTD_createCCtx(),
                               .sample_sizes = calloc(SAMPLES, sizeof *p->sample_sizes)};
    buf_init(&p->packed, ZSTD_compressBound(RECORD_OCTETS_MAX));
    buf_init(&p->samples, SAMPLES_OCTETS);
    if (!p->context || !p->sample_sizes ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->context, ZSTD_c_compressionLevel, LEVEL)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(p->context, ZSTD_c_dictIDFlag, 0)))
        return ERR_NOMEM;
    return ERR_OK;
}

void store_packer_release(struct store_packer *p)
{
    (void)ZSTD_freeCCtx(p->context);
    (void)ZSTD_freeCDict(p->dictionary);
    buf_release(&p->packed);
    buf_release(&p->samples);
    free(p->sample_sizes);
    *p = (struct store_packer){0};
}

enum err store_pack(struct store_packer *p, struct octets text, struct octets *ret)
{
    buf_clear(&p->packed);
    uint8_t *at = buf_reserve(&p->packed, ZSTD_compressBound(text.size));
    if (!at)
        return buf_error(&p->packed);
    size_t size = ZSTD_compress2(p->context, at, p->packed.room, text.at, text.size);
    if (ZSTD_isError(size))
        return ERR_NOMEM;
    *ret = (struct octets){at, size};
    if (p->sample_sizes && p->sample_count < SAMPLES && text.size >= SAMPLE_OCTETS_MIN &&
        text.size <= SAMPLES_OCTETS - p->samples.size) {
        buf_append(&p->samples, text);
        p->sample_sizes[p->sample_count++] = text.size;
    }
    return buf_error(&p->samples);
}

enum err store_packer_use(struct store_packer *p, struct octets dictionary, int64_t number)
{
    ZSTD_CDict *d = ZSTD_createCDict(dictionary.at, dictionary.size, LEVEL);
    if (!d || ZSTD_isError(ZSTD_CCtx_refCDict(p->context, d))) {
        (void)ZSTD_freeCDict(d);
        return ERR_NOMEM;
    }
    (void)ZSTD_freeCDict(p->dictionary);
    p->dictionary = d;
    p->number = number;
    return ERR_OK;
}

bool store_packer_train(struct store_packer *p, struct buf *ret_dictionary)
{
    bool is_full = p->sample_count == SAMPLES || p->samples.size > SAMPLES_OCTETS / 2;
    uint8_t *at =
        p->sample_sizes && is_full ? buf_reserve(ret_dictionary, DICTIONARY_OCTETS) : NULL;
    if (!at)
        return false;
    size_t size = ZDICT_trainFromBuffer(at, DICTIONARY_OCTETS, p->samples.data, p->sample_sizes,
                                        (unsigned)p->sample_count);
    buf_release(&p->samples);
    free(p->sample_sizes);
    p->sample_sizes = NULL;
    /* Texts that teach nothing are compressed without. */
    ret_dictionary->size += ZDICT_isError(size) ? 0 : size;
    return !ZDICT_isError(size);
}

enum err store_unpacker_init(struct store_unpacker *u)
{
    *u = (struct store_unpacker){.context = ZSTD_createDCtx()};
    return u->context ? ERR_OK : ERR_NOMEM;
}

void store_unpacker_release(struct store_unpacker *u)
{
    (void)ZSTD_freeDCtx(u->context);
    (void)ZSTD_freeDDict(u->dictionary);
    *u = (struct store_unpacker){0};
}

enum err store_unpacker_use(struct store_unpacker *u, struct octets dictionary, int64_t number)
{
    ZSTD_DDict *d = NULL;
    if (number && dictionary.size <= DICTIONARY_OCTETS)
        d = ZSTD_createDDict(dictionary.at, dictionary.size);
    if (number && !d)
        return ERR_SYNTAX; /* some kilobytes are not what memory is short of */
    (void)ZSTD_DCtx_refDDict(u->context, d);
    (void)ZSTD_freeDDict(u->dictionary);
    u->dictionary = d;
    u->number = number;
    return ERR_OK;
}

enum err store_unpack(struct store_unpacker *u, struct octets packed, struct buf *out)
{
    unsigned long long size = ZSTD_getFrameContentSize(packed.at, packed.size);
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
        size > RECORD_OCTETS_MAX)
        return ERR_SYNTAX;
    uint8_t *at = buf_reserve(out, (size_t)size);
    if (!at)
        return buf_error(out);
    size_t got = ZSTD_decompressDCtx(u->context, at, (size_t)size, packed.at, packed.size);
    if (ZSTD_isError(got) || got != size)
        return ERR_SYNTAX;
    out->size += got;
    return ERR_OK;
}

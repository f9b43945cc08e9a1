/* SPDX-License-Identifier: Apache-2.0 */
#include "../../tests/kit/kit.h"

#include "pool.h"

#define OCTETS_EACH 100

/* More at once than are noted without growing; all are different, and what comes back comes again. */
static void what_was_given_back_last_is_taken_first(void **state)
{
    enum { BLOCKS = 300 };
    struct pool p = {0};
    uint8_t *blocks[BLOCKS];
    (void)state;
    for (size_t i = 0; i < BLOCKS; i++) {
        blocks[i] = pool_take(&p, OCTETS_EACH);
        assert_non_null(blocks[i]);
        memset(blocks[i], (int)(i % 251), OCTETS_EACH);
    }
    for (size_t i = 0; i < BLOCKS; i++)
        for (size_t k = 0; k < OCTETS_EACH; k++)
            assert_int_equal(blocks[i][k], i % 251);
    for (size_t i = 0; i < BLOCKS; i++)
        pool_give(&p, blocks[i]);
    for (size_t i = BLOCKS; i-- > 0;)
        assert_ptr_equal(pool_take(&p, OCTETS_EACH), blocks[i]);
    for (size_t i = 0; i < BLOCKS; i++)
        pool_give(&p, blocks[i]);
    pool_release(&p);
    assert_int_equal(p.count, 0);
    uint8_t *again = pool_take(&p, OCTETS_EACH);
    assert_non_null(again);
    pool_give(&p, again);
    pool_release(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_given_back_last_is_taken_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

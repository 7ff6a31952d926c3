#include "words.h"

#include <ctype.h>

const char *next_word(const char **text, size_t *length)
{
    const char *at = *text;
    while (*at && isspace((unsigned char)*at))
        at++;
    const char *word = at;
    while (*at && !isspace((unsigned char)*at))
        at++;
    *text = at;
    *length = (size_t)(at - word);
    return *length ? word : NULL;
}

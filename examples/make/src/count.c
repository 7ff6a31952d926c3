#include "words.h"

size_t count_words(const char *text)
{
    size_t count = 0, length;
    while (next_word(&text, &length))
        count++;
    return count;
}

#include <stdio.h>

#include "words.h"

int main(int count, char **arguments)
{
    size_t words = 0;
    for (int at = 1; at < count; at++)
        words += count_words(arguments[at]);
    printf("%zu\n", words);
    return 0;
}

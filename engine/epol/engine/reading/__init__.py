"""Reading requests: values in JSON's forms as the numbers of a decision program."""

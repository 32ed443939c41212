package cel

import (
	"fmt"
	"strconv"
	"strings"
)

// ok and no are values on either side of a rule, as YAML.
type (
	ok []string
	no []string
)

// rule is a check of a CEL rule, which is known by its message.
func rule(field, message string, accept ok, refuse no) check {
	return check{field: field, rule: message, says: message, accept: accept, refuse: refuse}
}

// schema is a check of a keyword of the schema, with what the API server says to those who break it.
func schema(field, keyword, says string, accept ok, refuse no) check {
	return check{field: field, rule: keyword, says: says, accept: accept, refuse: refuse}
}

func required(field, value string) check {
	return schema(field, "required", "Required value", ok{value}, no{"null"})
}

func set(field string, accept ok, refuse no) check {
	return schema(field, "x-kubernetes-list-type", "Duplicate value", accept, refuse)
}

func enum(field, supported string, accept ok, refuse no) check {
	return schema(field, "enum", "supported values: "+supported, accept, refuse)
}

func pattern(field, expression string, accept ok, refuse no) check {
	return schema(field, "pattern", "should match '"+expression+"'", accept, refuse)
}

// longest checks text of n characters that starts as said, and one more.
func longest(field string, n int, start string) check {
	return schema(field, "maxLength", fmt.Sprintf("may not be more than %d bytes", n), ok{long(n, start)}, no{long(n+1, start)})
}

func notEmpty(field string) check {
	return schema(field, "minLength", "should be at least 1 chars long", ok{"x"}, no{`""`})
}

// most checks a list of n items, and one more; the format takes an item's number.
func most(field string, n int, format string) check {
	return schema(field, "maxItems", fmt.Sprintf("must have at most %d items", n), ok{list(n, format)}, no{list(n+1, format)})
}

// least checks the number n, and one less.
func least(field string, n int) check {
	return schema(field, "minimum", fmt.Sprintf("should be greater than or equal to %d", n), ok{strconv.Itoa(n)}, no{strconv.Itoa(n - 1)})
}

// greatest checks the number n, and one more.
func greatest(field string, n int) check {
	return schema(field, "maximum", fmt.Sprintf("should be less than or equal to %d", n), ok{strconv.Itoa(n)}, no{strconv.Itoa(n + 1)})
}

func notNegative(field string) check { return least(field, 0) }

// given merges a patch into the object that each of the checks starts from.
func given(patch string, checks ...check) []check {
	for i := range checks {
		checks[i] = checks[i].given(patch)
	}
	return checks
}

func list(n int, format string) string {
	items := make([]string, n)
	for i := range items {
		items[i] = strings.ReplaceAll(format, "%d", fmt.Sprint(i))
	}
	return "[" + strings.Join(items, ", ") + "]"
}

// entries is a map of n entries.
func entries(n int) string {
	return "{" + strings.Trim(list(n, "k%d: v"), "[]") + "}"
}

// same is a list of two items that are one.
func same(format string) string {
	item := strings.ReplaceAll(format, "%d", "0")
	return "[" + item + ", " + item + "]"
}

// long is text of exactly n characters that starts as said.
func long(n int, start string) string {
	return start + strings.Repeat("x", n-len(start))
}

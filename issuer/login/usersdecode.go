package login

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"time"
)

// noFieldError is for a field that there is not. Its name is not told, since a value in the wrong place looks like one;
// the line where it stands is.
type noFieldError struct{ name string }

func (*noFieldError) Error() string { return "there is no such field" }

// unknownField finds what encoding/json does not know.
var unknownField = regexp.MustCompile(`^json: unknown field "(.*)"$`)

// decodeStrictly reads JSON into value, and tells what is wrong without quoting values.
func decodeStrictly(text []byte, value any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(value)
	if err == nil {
		return nil
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s: write %s", either(wrong.Field, "the whole"), formOf(wrong.Type))
	}
	if _, ok := errors.AsType[*time.ParseError](err); ok {
		return errors.New("updatedAt: write a time like 2026-11-22T12:00:00Z")
	}
	if field := unknownField.FindStringSubmatch(err.Error()); field != nil {
		return &noFieldError{field[1]}
	}
	return errors.New("it is not of the form that this file has")
}

// formOf tells how a value of type t is written in YAML, which takes NO for false and 12345 for a number.
func formOf(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "a mapping"
	default:
		return "a text, in quotes if it could be something else"
	}
}

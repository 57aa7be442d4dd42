package report

import "reflect"

// JSONType is what a report is written as.
var JSONType = reflect.TypeFor[jsonReport]()

// Columns counts the columns of a text.
func Columns(s string) int { return columns(s) }

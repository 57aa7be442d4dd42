package report

import "reflect"

// JSONType is what a report is written as.
var JSONType = reflect.TypeFor[jsonReport]()

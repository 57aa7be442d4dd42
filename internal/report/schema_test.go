package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/form"
)

const docs = "../../docs"

// documented holds a file of docs against what the types say.
func documented(t *testing.T, name string, want []byte) {
	t.Helper()
	file := filepath.Join(docs, name)
	if *update {
		if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("docs/%s is not what the types say (-update writes it anew)", name)
	}
}

func TestSchemaIsTheOneOfTheTypes(t *testing.T) {
	definitions := map[string]any{}
	schemaOf(report.JSONType, definitions)
	root := definitions[definitionName(report.JSONType)].(map[string]any)
	delete(definitions, definitionName(report.JSONType))
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["title"] = "A report of Parley, " + report.Schema
	root["$defs"] = definitions
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		t.Fatal(err)
	}
	documented(t, "report.schema.json", b.Bytes())
}

func TestEveryFieldIsDocumented(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(docs, "report-json.md"))
	if err != nil {
		t.Fatal(err)
	}
	const mark = "## Fields\n"
	front, _, found := strings.Cut(string(page), mark)
	if !found {
		t.Fatalf("docs/report-json.md has no %q", mark)
	}
	var b strings.Builder
	b.WriteString(front + mark)
	told := map[reflect.Type]bool{}
	tables(&b, "the report", report.JSONType, told)
	b.WriteString("\nWhat a [flight](#a-flight) has beside that:\n")
	tables(&b, "a flight", reflect.TypeFor[form.Flight](), told)
	documented(t, "report-json.md", []byte(b.String()))
}

func definitionName(t reflect.Type) string {
	name := strings.TrimPrefix(t.Name(), "json")
	return strings.ToLower(name[:1]) + name[1:]
}

// schemaOf gives the schema of a type, in draft 2020-12.
func schemaOf(t reflect.Type, definitions map[string]any) map[string]any {
	if t == reflect.TypeFor[form.Seconds]() {
		return map[string]any{"type": "number"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), definitions)
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem(), definitions)}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem(), definitions)}
	case reflect.Struct:
		name := definitionName(t)
		if definitions[name] == nil {
			definitions[name] = true // a type that holds itself ends here
			definitions[name] = objectSchema(t, definitions)
		}
		return map[string]any{"$ref": "#/$defs/" + name}
	}
	panic("a report has no " + t.String())
}

func objectSchema(t reflect.Type, definitions map[string]any) map[string]any {
	properties, required := map[string]any{}, []string{}
	for f := range fieldsOf(t) {
		p := schemaOf(f.Type, definitions)
		if f.enum != nil {
			p["enum"] = f.enum
		}
		p["description"] = f.doc
		properties[f.name] = p
		if !f.optional {
			required = append(required, f.name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}

type jsonField struct {
	reflect.Type
	name, doc string
	enum      []string
	optional  bool
}

func fieldsOf(t reflect.Type) func(func(jsonField) bool) {
	return func(yield func(jsonField) bool) {
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			field := jsonField{Type: f.Type, name: name, doc: f.Tag.Get("doc"), optional: options == "omitempty"}
			if enum := f.Tag.Get("enum"); enum != "" {
				field.enum = strings.Split(enum, ",")
			}
			if !yield(field) {
				return
			}
		}
	}
}

// tables writes a table for each object, outer ones first.
func tables(b *strings.Builder, path string, t reflect.Type, told map[reflect.Type]bool) {
	if told[t] {
		return
	}
	told[t] = true
	fmt.Fprintf(b, "\n### %s\n\n| field | type | what it is |\n| --- | --- | --- |\n", path)
	for f := range fieldsOf(t) {
		doc := f.doc
		if len(f.enum) > 1 {
			doc = "`" + strings.Join(f.enum, "`, `") + "`. " + doc
		}
		if f.optional {
			doc = "*may be absent.* " + doc
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.name, typeName(f.Type), doc)
	}
	for f := range fieldsOf(t) {
		inner, suffix := f.Type, ""
		for inner.Kind() == reflect.Slice || inner.Kind() == reflect.Pointer {
			if inner.Kind() == reflect.Slice {
				suffix += "[]"
			}
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Struct {
			at := strings.TrimPrefix(strings.TrimPrefix(path+".", "the report."), "a flight.") + f.name + suffix
			tables(b, at, inner, told)
		}
	}
}

func typeName(t reflect.Type) string {
	if t == reflect.TypeFor[form.Seconds]() {
		return "number"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return typeName(t.Elem())
	case reflect.Slice:
		return "array of " + typeName(t.Elem())
	case reflect.Map:
		return "object of " + typeName(t.Elem())
	case reflect.Struct:
		return "object"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.Bool:
		return "boolean"
	}
	return t.Kind().String()
}

func TestReportsObeyTheSchema(t *testing.T) {
	file, err := os.ReadFile(filepath.Join(docs, "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(file, &schema); err != nil {
		t.Fatal(err)
	}
	empty := &report.Report{}
	for name, r := range map[string]*report.Report{
		"empty": empty, "founder": reportOf(founder(1)), "sealed": reportOf(sealedFounder(1)), "healthy": reportOf(healthy(1)),
		"fleet": fleet(), "everything": reportOf(everything()),
	} {
		var got any
		if err := json.Unmarshal(written(t, report.JSON, r), &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, fault := range obeys(schema, schema, got, name) {
			t.Error(fault)
		}
	}
}

// obeys says where a value is not what a schema says, for the keywords that the
// schema of reports has. The schema lets members be added, which a later version
// may; here a member that it does not name is a fault.
func obeys(root, schema map[string]any, v any, at string) []string {
	if ref, ok := schema["$ref"].(string); ok {
		name := strings.TrimPrefix(ref, "#/$defs/")
		return obeys(root, root["$defs"].(map[string]any)[name].(map[string]any), v, at)
	}
	if enum, ok := schema["enum"].([]any); ok && !slices.Contains(enum, v) {
		return []string{fmt.Sprintf("%s: %v is none of %v", at, v, enum)}
	}
	var faults []string
	switch v := v.(type) {
	case map[string]any:
		if schema["type"] != "object" {
			return []string{at + " is an object"}
		}
		return objectObeys(root, schema, v, at)
	case []any:
		if schema["type"] != "array" {
			return []string{at + " is an array"}
		}
		for i, item := range v {
			faults = append(faults, obeys(root, schema["items"].(map[string]any), item, fmt.Sprintf("%s[%d]", at, i))...)
		}
	case string, bool, float64:
		types := map[string]bool{"string": reflect.TypeOf(v).Kind() == reflect.String, "boolean": v == true || v == false}
		if n, ok := v.(float64); ok {
			types["number"], types["integer"] = true, n == float64(int64(n))
		}
		if !types[schema["type"].(string)] {
			faults = append(faults, fmt.Sprintf("%s: %v is no %s", at, v, schema["type"]))
		}
	default:
		faults = append(faults, fmt.Sprintf("%s is %v", at, v))
	}
	return faults
}

func objectObeys(root, schema, v map[string]any, at string) []string {
	var faults []string
	properties, _ := schema["properties"].(map[string]any)
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			faults = append(faults, fmt.Sprintf("%s has no %s", at, name))
		}
	}
	for name, member := range v {
		inner, ok := properties[name].(map[string]any)
		if !ok {
			inner, ok = schema["additionalProperties"].(map[string]any)
		}
		if !ok {
			faults = append(faults, fmt.Sprintf("%s has a member %s", at, name))
			continue
		}
		faults = append(faults, obeys(root, inner, member, at+"."+name)...)
	}
	return faults
}

func TestSchemaTellsWrongReports(t *testing.T) {
	file, err := os.ReadFile(filepath.Join(docs, "report.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var schema map[string]any
	if err := json.Unmarshal(file, &schema); err != nil {
		t.Fatal(err)
	}
	whole := string(written(t, report.JSON, reportOf(founder(1))))
	for _, change := range [][2]string{
		{`"schema":"parley.report/1"`, `"schema":"parley.report/2"`},
		{`"level":"failure"`, `"level":"bad"`},
		{`"number":1,`, ``},
		{`"frames":[12,13]`, `"frames":null`},
		{`"live":false`, `"live":0`},
		{`"missing":[]`, `"missing":{}`},
		{`"tool"`, `"tool2"`},
		{`"events_version":1`, `"events_version":1.5`},
	} {
		if !strings.Contains(whole, change[0]) {
			t.Fatalf("a report has no %s", change[0])
		}
		var got any
		if err := json.Unmarshal([]byte(strings.Replace(whole, change[0], change[1], 1)), &got); err != nil {
			t.Fatal(err)
		}
		if len(obeys(schema, schema, got, "report")) == 0 {
			t.Errorf("%s in the place of %s obeys the schema", change[1], change[0])
		}
	}
}

// everything is a connection with every event there is.
func everything() *diagnose.Diagnosis {
	d := founder(1)
	d.Conversation.Events = append(d.Conversation.Events, oneOfEach()...)
	d.Conversation.Prelude = &trace.Prelude{Protocol: "SMTP", Upgraded: true, Request: at(2), Reply: at(3), Bytes: 80}
	d.Conversation.Omitted = 3
	return d
}

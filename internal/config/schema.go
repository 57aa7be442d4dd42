package config

import (
	"encoding/json"
	"reflect"
	"strings"
)

// A schema is one of JSON Schema's, with the words of it that we need.
type schema struct {
	Dialect     string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        any                `json:"type,omitempty"`
	Enum        []any              `json:"enum,omitempty"`
	Properties  map[string]*schema `json:"properties,omitempty"`
	Required    []string           `json:"required,omitempty"`
	Additional  any                `json:"additionalProperties,omitempty"` // no, or what they are
	Names       *schema            `json:"propertyNames,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
}

// Schema is a JSON Schema of the file, for editors that complete and check.
func Schema() ([]byte, error) {
	s := schemaOf(reflect.TypeFor[File]())
	s.Dialect, s.Title = "https://json-schema.org/draft/2020-12/schema", "Configuration of parley serve"
	return json.MarshalIndent(s, "", "  ")
}

func schemaOf(t reflect.Type) *schema {
	switch t.Kind() {
	case reflect.Struct:
		s := &schema{Type: "object", Properties: map[string]*schema{}, Additional: false}
		for f := range t.Fields() {
			s.Properties[f.Tag.Get("key")] = schemaOfField(f)
			if f.Tag.Get("required") != "" {
				s.Required = append(s.Required, f.Tag.Get("key"))
			}
			if f.Tag.Get("short") != "" {
				s.Type = []string{"object", "string"} // one word alone is this key
			}
		}
		return s
	case reflect.Map:
		return &schema{Type: "object", Additional: schemaOf(t.Elem()), Names: &schema{Pattern: entryName.String()}}
	case reflect.Slice:
		s := &schema{Type: "array", Items: schemaOf(t.Elem())}
		if t.Elem().Kind() == reflect.String {
			s.Type = []string{"array", "string"} // one word alone is a list of one
		}
		return s
	}
	return &schema{Type: "string"}
}

func schemaOfField(f reflect.StructField) *schema {
	s := schemaOf(f.Type)
	s.Description = f.Tag.Get("about")
	if f.Tag.Get("required") != "" && f.Type.Kind() == reflect.Slice {
		s.MinItems = 1
	}
	if f.Tag.Get("kind") == "count" {
		s.Type = []string{"integer", "string"}
	}
	one := s
	if s.Items != nil {
		one = s.Items
	}
	for word := range strings.FieldsSeq(f.Tag.Get("words")) {
		one.Enum = append(one.Enum, word)
		if number := json.Number(word); json.Valid([]byte(word)) {
			one.Enum = append(one.Enum, number) // 1.2 without quotes is a number
		}
	}
	if len(one.Enum) > 0 {
		one.Type = nil // its words say it
	}
	return s
}

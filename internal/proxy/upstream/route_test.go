package upstream

import "testing"

func TestFirstRouteThatFitsHasTheStream(t *testing.T) {
	routes := Routes{
		{SNI: []string{"a.test", "*.b.test"}, ALPN: []string{"h2"}, Backend: &Backend{Name: "1"}},
		{SNI: []string{"a.test"}, Backend: &Backend{Name: "2"}},
		{ALPN: []string{"mqtt", "h2"}, Backend: &Backend{Name: "3"}},
	}
	for _, test := range []struct {
		name      string
		protocols []string
		want      string
		known     bool
	}{
		{"a.test", []string{"http/1.1", "h2"}, "1", true},
		{"A.Test.", []string{"h2"}, "1", true},
		{"x.b.test", []string{"h2"}, "1", true},
		{"b.test", []string{"h2"}, "3", true},
		{"x.y.b.test", nil, "", true},
		{"a.test", nil, "2", true},
		{"a.test", []string{"mqtt"}, "2", true},
		{"", []string{"mqtt"}, "3", true},
		{"", nil, "", true},
	} {
		got := ""
		if r := routes.Match(test.name, test.protocols); r != nil {
			got = r.Backend.Name
		}
		if got != test.want || routes.Knows(test.name) != test.known {
			t.Errorf("%q %q goes to %q", test.name, test.protocols, got)
		}
	}
	if routes[:2].Knows("c.test") || !routes[:2].Knows("c.b.test") {
		t.Error("it knows other names than those of its routes")
	}
}

func TestRoutesThatNeverMatchAreFound(t *testing.T) {
	for _, test := range []struct {
		routes Routes
		dead   bool // the last one
	}{
		{Routes{{}, {SNI: []string{"a"}}}, true},
		{Routes{{SNI: []string{"a"}}, {}}, false},
		{Routes{{SNI: []string{"a"}}, {SNI: []string{"a"}, ALPN: []string{"h2"}}}, true},
		{Routes{{SNI: []string{"a"}, ALPN: []string{"h2"}}, {SNI: []string{"a"}}}, false},
		{Routes{{SNI: []string{"*.a"}}, {SNI: []string{"b.a", "*.a"}}}, true},
		{Routes{{SNI: []string{"*.a"}}, {SNI: []string{"a"}}}, false},
		{Routes{{SNI: []string{"b.a"}}, {SNI: []string{"*.a"}}}, false},
		{Routes{{SNI: []string{"x"}}, {SNI: []string{"y"}}, {SNI: []string{"x", "y"}}}, true},
		{Routes{{SNI: []string{"x"}}, {SNI: []string{"x", "y"}}}, false},
		{Routes{{ALPN: []string{"h2"}}, {ALPN: []string{"h2"}, SNI: []string{"x"}}}, true},
		{Routes{{ALPN: []string{"h2"}}, {ALPN: []string{"h2", "mqtt"}}}, false},
		{Routes{{SNI: []string{"*.a"}}, {ALPN: []string{"h2"}}}, false},
	} {
		if got := test.routes.Shadowed(len(test.routes) - 1); got != test.dead {
			t.Errorf("%+v: %v", test.routes, got)
		}
	}
}

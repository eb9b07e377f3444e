package cell

import (
	"reflect"
	"strings"
	"testing"
)

func split(t *testing.T, source string) *Cell {
	t.Helper()
	c, err := Split(source)
	if err != nil {
		t.Fatalf("%q: %v", source, err)
	}
	return c
}

// remember is the memory after cells numbered from 1.
func remember(t *testing.T, cells ...string) *Memory {
	t.Helper()
	m := &Memory{}
	for i, source := range cells {
		m.Add(split(t, source), i+1)
	}
	return m
}

func keys(m *Memory) string {
	var list []string
	for _, d := range m.Definitions() {
		list = append(list, d.Key)
	}
	return strings.Join(list, " ")
}

func TestMemoryReplaces(t *testing.T) {
	for _, test := range []struct {
		name  string
		cells []string
		want  string
	}{
		{"main is not kept", []string{"func main() {}\nfunc f() {}"}, "f"},
		{"statements are not", []string{"x := 1\nvar y int"}, ""},
		{"the later comes last", []string{"func f() {}\nfunc g() {}", "func f() {}"}, "g f"},
		{"methods", []string{"type T int\nfunc (t T) M() {}\nfunc M() {}", "func (t *T) M() {}"}, "T M T~M"},
		{"methods stay with a new type", []string{"type T int\nfunc (t T) M() {}", "type T string"}, "T~M T"},
		{"and go with it", []string{"type T int\nfunc (t T) M() {}", "func T() {}"}, "T"},
		{"generic methods", []string{"func (l A[T]) M() {}\nfunc (l B[T]) M() {}", "func (l A[K]) M() {}"}, "unknown~M unknown~M"},
		{"another kind", []string{"const x = 1", "var x = 2", "func x() {}", "type x int"}, "x"},
		{"tuples", []string{"var a, b = f()\nvar c = 1", "var b = 2"}, "c b"},
		{"single values", []string{"var a, b = 1, 2", "var b = 2"}, "a b"},
		{"init", []string{"func init() {}\nfunc init() {}\nfunc init_a() {}", "func init_a() {}", "func init() {}"}, "init_a init"},
		{"same blank", []string{"var _ I = (*T)(nil)", "var _ I = (*T)(nil)"}, "_~"},
		{"constants", []string{"const (\na = iota\nb\nc\n)", "const b = 5"}, "a c b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := keys(remember(t, test.cells...))
			if i := strings.Index(got, blank); i >= 0 {
				got = got[:i+len(blank)] + strings.TrimLeft(got[i+len(blank):], "0123456789")
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestMemoryRemove(t *testing.T) {
	cell := "import \"math/rand/v2\"\ntype T int\nfunc (t T) M() {}\nfunc f() {}\nvar a, b = f()\nvar _, _ = 1, 2\nfunc (t L[K]) M() {}"
	for _, test := range []struct{ key, removed, left string }{
		{"f", "f", "T T~M a b _ _ unknown~M"},
		{"T", "T T~M", "f a b _ _ unknown~M"},
		{"T~M", "T~M", "T f a b _ _ unknown~M"},
		{"b", "a b", "T T~M f _ _ unknown~M"},
		{"v2", "v2", "T T~M f a b _ _ unknown~M"},
		{"unknown~M", "unknown~M", "T T~M f a b _ _"},
		{"nothing", "", "T T~M f a b _ _ unknown~M"},
	} {
		m := remember(t, cell)
		copied := m.Copy()
		removed := m.Remove(test.key)
		left := strings.Fields(keys(m))
		for i, key := range left {
			if strings.HasPrefix(key, blank) {
				left[i] = "_"
			}
		}
		if strings.Join(removed, " ") != test.removed || strings.Join(left, " ") != test.left {
			t.Errorf("%s: removed %q, left %q", test.key, removed, left)
		}
		if len(copied.Definitions()) != 8 || len(copied.Imports()) != 1 {
			t.Errorf("%s: the copy changed", test.key)
		}
	}
	m := remember(t, cell)
	if m.Remove("_~123456"); strings.Contains(keys(m), "_") {
		t.Errorf("blank variables stay: %s", keys(m))
	}
	if m.Reset(); len(m.Definitions())+len(m.Imports())+len(m.BodyNames()) > 0 {
		t.Error("something is left after Reset")
	}
}

func TestImports(t *testing.T) {
	m := remember(t, "import \"fmt\"\nimport (\n r \"math/rand/v2\"\n _ \"embed\"\n _ \"image/png\"\n . \"math\")", "import \"crypto/fmt\"", "import \"gopkg.in/yaml.v3\"", "var yaml int")
	want := []ImportSpec{{"r", "math/rand/v2", 1, 3, 2}, {"_", "embed", 1, 4, 2}, {"_", "image/png", 1, 5, 2}, {".", "math", 1, 6, 2}, {"", "crypto/fmt", 2, 1, 8}}
	if got := m.Imports(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestBodyNames(t *testing.T) {
	m := remember(t, "x, _ := f()\nvar y = 1\n{ z := 1 }", "x := 1\nx = 2")
	if got := m.BodyNames(); !reflect.DeepEqual(got, map[string]int{"x": 2, "y": 1}) {
		t.Errorf("got %v", got)
	}
}

func TestDefinitionPositions(t *testing.T) {
	m := remember(t, "", "// doc\nvar (\n\ta int\n\tb, c = 1, 2\n)")
	d := m.Definitions()[2]
	if d.Key != "c" || d.Kind != Var || d.Cell != 2 || d.Line != 4 || d.Col != 5 || !strings.HasPrefix(d.Source, "// doc") {
		t.Errorf("got %+v", d)
	}
}

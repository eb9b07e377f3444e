package value

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type point struct{ X, Y float64 }

type node struct {
	Name string
	Next *node
}

type celsius float64

func (c celsius) String() string { return fmt.Sprintf("%.1f °C", float64(c)) }

type broken struct{}

func (broken) String() string { panic("no text") }

type figure struct{}

func (figure) PNG() ([]byte, error)          { return []byte("png"), nil }
func (figure) Vega() (map[string]any, error) { return map[string]any{"mark": "bar"}, nil }
func (figure) String() string                { return "a figure" }

type page struct{ figure }

func (page) HTML() (string, error)     { return "<b>", nil }
func (page) Markdown() (string, error) { return "", errors.New("no ink") }

type mixed struct{}

func (mixed) MIMEBundle() (map[string]any, error) {
	return map[string]any{"text/plain": "mine", "image/png": []byte{1, 2}, "x/nan": math.NaN()}, nil
}

func TestText(t *testing.T) {
	loop := &node{Name: "a"}
	loop.Next = loop
	number := 5
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, "nil"},
		{42, "42"},
		{"a\n\"b\"", `"a\n\"b\""`},
		{1.0 / 3, "0.3333333333333333"},
		{[]float64{1.0 / 3, 2, 1e-9}, "[]float64{0.333333, 2, 1e-09}"},
		{float32(0.1), "0.1"},
		{math.NaN(), "NaN"},
		{true, "true"},
		{2i, "(0+2i)"},
		{[]int(nil), "nil"},
		{(*node)(nil), "nil"},
		{map[string]int(nil), "nil"},
		{[]int{}, "[]int{}"},
		{[]string{"a", "b"}, `[]string{"a", "b"}`},
		{[2]bool{true}, "[2]bool{true, false}"},
		{point{1, 2.5}, "value.point{X: 1, Y: 2.5}"},
		{&point{1, 2}, "&value.point{X: 1, Y: 2}"},
		{[]point{{1, 2}}, "[]value.point{{X: 1, Y: 2}}"},
		{[]*point{{1, 2}, nil}, "[]*value.point{&{X: 1, Y: 2}, nil}"},
		{&number, "&5"},
		{map[string]any{"b": 1, "a": []int{2}}, `map[string]any{"a": []int{2}, "b": 1}`},
		{map[int]string{10: "x", 9: "y"}, `map[int]string{9: "y", 10: "x"}`},
		{[]any{1, "a", nil}, `[]any{1, "a", nil}`},
		{loop, `&value.node{Name: "a", Next: &…}`},
		{celsius(36.6), "36.6 °C"},
		{[]celsius{1, 2}, "[]value.celsius{1.0 °C, 2.0 °C}"},
		{time.Second, "1s"},
		{broken{}, "(String: panic: no text)"},
		{errors.New("bad"), "bad"},
		{[]byte("hello"), `[]byte("hello")`},
		{[2]byte{'a', 'b'}, "[2]uint8{0x61, 0x62}"},
		{[]byte{0, 1, 255}, "[]byte{0x00, 0x01, 0xff}"},
		{struct{}{}, "struct {}{}"},
		{fmt.Sprint, "func(...any) string"},
		{struct{ E error }{errors.New("in")}, "struct { E error }{E: in}"},
	} {
		if got := text(test.value); got != test.want {
			t.Errorf("text of %#v:\ngot  %s\nwant %s", test.value, got, test.want)
		}
	}
}

func TestTextIsBounded(t *testing.T) {
	deep := any(1)
	for range 50 {
		deep = []any{deep}
	}
	self := map[string]any{}
	self["self"] = self
	grid := make([][]int, 1000)
	for i := range grid {
		grid[i] = make([]int, 1000)
	}
	for name, test := range map[string]struct {
		value any
		want  string
	}{
		"a long slice":    {make([]int, 1000), "… 900 more"},
		"a long string":   {strings.Repeat("ü", 5000), "… 6000 more bytes"},
		"many bytes":      {make([]byte, 1e6), "… 999900 more"},
		"a large grid":    {grid, "… 900 more"},
		"deep nesting":    {deep, "…"},
		"a map of itself": {self, "…"},
	} {
		got := text(test.value)
		if !strings.Contains(got, test.want) || len(got) > 64<<10 {
			t.Errorf("%s: %d bytes, no %q", name, len(got), test.want)
		}
	}
}

func TestTextIsLaidOut(t *testing.T) {
	got := text([]node{{Name: strings.Repeat("a", 60)}, {Name: strings.Repeat("b", 60)}})
	want := "[]value.node{\n\t{Name: \"" + strings.Repeat("a", 60) + "\", Next: nil},\n\t{Name: \"" + strings.Repeat("b", 60) + "\", Next: nil},\n}"
	if got != want {
		t.Errorf("got %s", got)
	}
	for _, line := range strings.Split(text(make([]int, 100)), "\n") {
		if len(line) > width+10 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}

func TestBundle(t *testing.T) {
	data, metadata := bundle(figure{})
	if string(data["image/png"].([]byte)) != "png" || data["text/plain"] != "a figure" || string(data[vegaLite].(json.RawMessage)) != `{"mark":"bar"}` || len(metadata) != 0 {
		t.Errorf("figure: %v %v", data, metadata)
	}
	data, _ = bundle(page{})
	if data["text/html"] != "<b>" || data["image/png"] != nil || data["text/plain"] != "a figure\n(text/markdown: no ink)" {
		t.Errorf("page: %v", data)
	}
	data, _ = bundle(mixed{})
	if string(data["image/png"].(json.RawMessage)) != `"AQI="` || !strings.Contains(fmt.Sprint(data["text/plain"]), "x/nan") {
		t.Errorf("mixed: %v", data)
	}
	data, metadata = bundle(image.NewGray(image.Rect(0, 0, 5000, 10)))
	if size := pngSize(data["image/png"].([]byte)); data["text/plain"] != "image 5000×10" || size["width"] != 1667/2 || len(metadata) != 0 {
		t.Errorf("image: %v %v", size, data["text/plain"])
	}
	data, _ = bundle(image.NewGray(image.Rectangle{}))
	if text := fmt.Sprint(data["text/plain"]); data["image/png"] != nil || !strings.Contains(text, "empty") {
		t.Errorf("empty image: %s", text)
	}
	if data, _ = bundle((*figure)(nil)); data["text/plain"] != "nil" || len(data) != 1 {
		t.Errorf("nil: %v", data)
	}
}

func TestTables(t *testing.T) {
	long := make([]point, 1000)
	for _, test := range []struct {
		value any
		want  string
	}{
		{[][]string{{"a", "<b>"}, {"c"}}, "<table><tr><td>a</td><td>&lt;b&gt;</td></tr><tr><td>c</td></tr></table>"},
		{[]point{{1, 2}}, "<table><tr><th>X</th><th>Y</th></tr><tr><td>1</td><td>2</td></tr></table>"},
		{[]*node{{Name: "n"}, nil}, "<table><tr><th>Name</th><th>Next</th></tr><tr><td>n</td><td>nil</td></tr><tr><td>nil</td><td>nil</td></tr></table>"},
		{map[string]int{"b": 2, "a": 1}, "<table><tr><th>key</th><th>value</th></tr><tr><td>a</td><td>1</td></tr><tr><td>b</td><td>2</td></tr></table>"},
		{map[any]int{"b": 2, 1: 1}, "<td>1</td><td>1</td></tr><tr><td>b</td><td>2</td>"},
		{long, `<tr><td colspan="2">… 970 more</td></tr></table>`},
		{[][]string{{strings.Repeat("x", 500)}}, "x…</td>"},
		{[]time.Time{{}}, ""},
		{[]celsius{1}, ""},
		{[]int{1}, ""},
		{[]point{}, ""},
		{map[string]int{}, ""},
		{"text", ""},
	} {
		data, _ := bundle(test.value)
		got, _ := data["text/html"].(string)
		if test.want == "" && got != "" || !strings.Contains(got, test.want) || data["text/plain"] == "" {
			t.Errorf("%T: %.200s\nwant %s", test.value, got, test.want)
		}
	}
}

func TestShow(t *testing.T) {
	bad := errors.New("bad")
	for _, test := range []struct {
		values []any
		want   string
		err    error
	}{
		{nil, "", nil},
		{[]any{nil}, "", nil},
		{[]any{bad}, "", bad},
		{[]any{1, nil}, "1", nil},
		{[]any{1, bad}, "", bad},
		{[]any{1, "a"}, `1, "a"`, nil},
		{[]any{1, "a", nil}, `1, "a"`, nil},
		{[]any{nil, 2}, "nil, 2", nil},
	} {
		data, _, err := show(test.values)
		if got, _ := data["text/plain"].(string); got != test.want || !errors.Is(err, test.err) {
			t.Errorf("%v: %q, %v", test.values, got, err)
		}
	}
}

func TestDocument(t *testing.T) {
	defer func() { result = document{Data: map[string]any{}, Metadata: map[string]any{}} }()
	dir := t.TempDir()
	file := filepath.Join(dir, "result.json")
	t.Setenv("CURIOUS_RESULT", file)
	Value(1, nil)
	Expression("one")(2)
	Expression("nothing")(nil)
	Expression("bad")(errors.New("worse"))
	func() {
		defer Recover("panic")
		panic("at the disco")
	}()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"data":{"text/plain":"1"},"metadata":{},"expressions":{` +
		`"bad":{"status":"error","ename":"*errors.errorString","evalue":"worse","traceback":[]},"nothing":{"status":"ok","data":{"text/plain":"nil"},"metadata":{}},` +
		`"one":{"status":"ok","data":{"text/plain":"2"},"metadata":{}},"panic":{"status":"error","ename":"panic","evalue":"at the disco","traceback":[]}}}`
	if string(text) != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files are left", len(entries))
	}
}

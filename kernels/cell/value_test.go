package cell

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// result is what a cell's program leaves.
type result struct {
	Data, Metadata map[string]any
	Error, Ename   string
	Expressions    map[string]struct {
		Status, Ename, Evalue string
		Data                  map[string]any
	}
}

// evaluate runs a cell whose value is asked for.
func evaluate(t *testing.T, source string, files map[string][]byte, expressions map[string]string) (got result, output string) {
	t.Helper()
	p := Render(&Memory{}, split(t, source), 1, Options{Value: true, Expressions: expressions})
	file := filepath.Join(t.TempDir(), "result.json")
	built, output := build(t, p, files, "CURIOUS_RESULT="+file)
	if !built {
		t.Fatalf("%s\n%s", output, p.Source)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	return got, output
}

// The names of a cell's own, its types and variables called as the helper's and its imports, do not meet the helper's.
func TestValueOfHostileCell(t *testing.T) {
	source := `import json "strings"
type document struct{ fmt int }
type result, text string
var os, html = 1, 2
func show() {}
func render() {}
func Value() (int, error) { return 42, nil }
func init_x() {}
json.ToUpper("x")
Value()`
	source = strings.Replace(source, "type result, text string", "type result string\ntype text string", 1)
	got, output := evaluate(t, source, ValueFiles(true), map[string]string{"a": "os + html", "b": "Value()", "c": "[]int{}[os]", "ü \"": `text("t")`})
	if got.Data["text/plain"] != "42" || got.Error != "" || output != "" {
		t.Errorf("got %+v, %s", got, output)
	}
	for name, want := range map[string]string{"a": "3", "b": "42", "ü \"": `"t"`} {
		if e := got.Expressions[name]; e.Status != "ok" || e.Data["text/plain"] != want {
			t.Errorf("%s: %+v", name, e)
		}
	}
	if e := got.Expressions["c"]; e.Status != "error" || !strings.Contains(e.Evalue, "index out of range") {
		t.Errorf("c: %+v", e)
	}
}

func TestValueFails(t *testing.T) {
	got, _ := evaluate(t, "import \"os\"\nos.Open(\"/no/file\")", ValueFiles(false), map[string]string{"e": "os.ErrNotExist"})
	if got.Error != "open /no/file: no such file or directory" || got.Ename != "*fs.PathError" || got.Expressions["e"].Evalue != "file does not exist" {
		t.Errorf("got %+v", got)
	}
}

func TestValuePicture(t *testing.T) {
	path, files, main := ValuePackage(true)
	extra := map[string][]byte{"go.mod": []byte("module curious\n\ngo 1.26\n"), "shim.go": main}
	for name, text := range files {
		extra[strings.TrimPrefix(path, "curious/")+"/"+name] = text
	}
	for name, files := range map[string]map[string][]byte{"files": ValueFiles(true), "package": extra} {
		got, _ := evaluate(t, "import \"image\"\nimage.NewGray(image.Rect(0, 0, 28, 28))", files, map[string]string{"p": "[]int{}[len(`a`)]"})
		if png, _ := got.Data["image/png"].(string); got.Data["text/plain"] != "image 28×28" || !strings.HasPrefix(png, "iVBOR") {
			t.Errorf("%s: %v", name, got.Data)
		}
		if e := got.Expressions["p"]; e.Ename != "panic" {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

func TestValueFilesApart(t *testing.T) {
	with, without := ValueFiles(true), ValueFiles(false)
	if len(with) != len(without)+1 || with[pictureFile] == nil {
		t.Errorf("%d files with pictures, %d without", len(with), len(without))
	}
	for name, text := range without {
		if strings.Contains(string(text), "\"image\"") || !strings.Contains(string(text), "package main\n") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

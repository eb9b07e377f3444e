package show

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const model = `// Package toy is a toy.
package toy

import "math"

// Config is a model.
type Config struct {
	Size int // of the code [16]
}

type (
	// Pair is two of a kind.
	Pair[T any] struct {
		A, B T
	}
	plain int
)

const (
	One = iota + 1
	Two
)

var limit = math.Pi // radians

// Logits is the model.
//
// It has a comment of two paragraphs.
func (c *Config) Logits(x float64) float64 {
	return x * math.Sqrt(float64(c.Size)) // a comment inside
}

func (p Pair[T]) Swap() Pair[T] { return Pair[T]{p.B, p.A} }

func helper() string { return "` + "`````" + `" }
`

// checkout makes a checkout with one package.
func checkout(t *testing.T) {
	t.Helper()
	root := t.TempDir()
	t.Setenv("CURIOUS_ROOT", root)
	for name, text := range map[string]string{"pkg/toy/toy.go": model, "pkg/toy/toy_test.go": "package toy\n\nfunc inTest() {}\n", "pkg/bad/bad.go": "package bad\n\nfunc {", "pkg/empty/x.txt": "x"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSource(t *testing.T) {
	checkout(t)
	for _, c := range []struct {
		path  string
		names []string
		want  string
	}{
		{"pkg/toy", []string{"Config"}, "`pkg/toy/toy.go`, line 7\n\n```go\n// Config is a model.\ntype Config struct {\n\tSize int // of the code [16]\n}\n```\n"},
		{"pkg/toy", []string{"Config.Logits"}, "`pkg/toy/toy.go`, line 29\n\n```go\n// Logits is the model.\n//\n// It has a comment of two paragraphs.\nfunc (c *Config) Logits(x float64) float64 {\n\treturn x * math.Sqrt(float64(c.Size)) // a comment inside\n}\n```\n"},
		{"pkg/toy/toy.go", []string{"Pair.Swap"}, "`pkg/toy/toy.go`, line 33\n\n```go\nfunc (p Pair[T]) Swap() Pair[T] { return Pair[T]{p.B, p.A} }\n```\n"},
		{"pkg/toy", []string{"Pair"}, "`pkg/toy/toy.go`, line 13\n\n```go\n// Pair is two of a kind.\ntype Pair[T any] struct {\n\tA, B T\n}\n```\n"},
		{"pkg/toy", []string{"plain"}, "`pkg/toy/toy.go`, line 16\n\n```go\ntype plain int\n```\n"},
		{"pkg/toy", []string{"Two"}, "`pkg/toy/toy.go`, line 19\n\n```go\nconst (\n\tOne = iota + 1\n\tTwo\n)\n```\n"},
		{"pkg/toy", []string{"limit"}, "`pkg/toy/toy.go`, line 24\n\n```go\nvar limit = math.Pi // radians\n```\n"},
		{"pkg/toy", []string{"helper"}, "`pkg/toy/toy.go`, line 35\n\n``````go\nfunc helper() string { return \"`````\" }\n``````\n"},
		{"pkg/toy", []string{"plain", "limit"}, "`pkg/toy/toy.go`, line 16\n\n```go\ntype plain int\n```\n\n`pkg/toy/toy.go`, line 24\n\n```go\nvar limit = math.Pi // radians\n```\n"},
		{"pkg/toy/toy_test.go", nil, "`pkg/toy/toy_test.go`\n\n```go\npackage toy\n\nfunc inTest() {}\n```\n"},
	} {
		got, err := sourceMarkdown(c.path, c.names)
		if err != nil || got != c.want {
			t.Errorf("%s %v: error %v, got\n%s\nwant\n%s", c.path, c.names, err, got, c.want)
		}
	}
}

func TestSourceErrors(t *testing.T) {
	checkout(t)
	for _, c := range []struct {
		path  string
		names []string
		want  string
	}{
		{"pkg/toy", []string{"Config.logit"}, "pkg/toy has no Config.logit: it has Config.Logits, Config"},
		{"pkg/toy", []string{"Logits"}, "it has Config.Logits"},
		{"pkg/toy", []string{"inTest"}, "pkg/toy has no inTest"},
		{"pkg/toy", nil, "pkg/toy is a folder: name what to show: Config, Config.Logits, One, Pair, Pair.Swap, Two, helper, limit, plain"},
		{"pkg/tois", nil, "there is no pkg/tois in the checkout"},
		{"pkg/empty", []string{"x"}, "pkg/empty has no Go files"},
		{"pkg/bad", []string{"x"}, "bad.go:3"},
	} {
		err := Source(c.path, c.names...)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "show: showing source: ") {
			t.Errorf("%s %v: error %v, want one of show with %q", c.path, c.names, err, c.want)
		}
	}
}

package history

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// What matches was taken from SQLite's GLOB and Python's fnmatch, which agree on these.
func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true},
		{"", "x", false},
		{"*", "", true},
		{"*", "a\nb/c", true},
		{"fmt", "fmt.Println()", false},
		{"fmt*", "fmt.Println()", true},
		{"*Print*", "fmt.Println()", true},
		{"*Print", "fmt.Println()", false},
		{"a*b*c", "aXbYbZc", true},
		{"a*b*c", "aXbYbZ", false},
		{"?", "ä", true},
		{"?", "", false},
		{"??", "日本", true},
		{"x[0-9]", "x7", true},
		{"x[0-9]", "xy", false},
		{"x[!0-9]", "xy", true},
		{"x[^0-9]", "x7", false},
		{"[]]", "]", true},
		{"[!]]", "]", false},
		{"[a-]", "-", true},
		{"[z-a]", "m", false},
		{"x[1", "x[1", true},
		{"x[1", "x1", false},
		{"v[[]0]", "v[0]", true},
		{`\*`, `\anything`, true},
	} {
		if got := compile(c.pattern).match(c.text); got != c.want {
			t.Errorf("%q on %q: %t, want %t", c.pattern, c.text, got, c.want)
		}
	}
}

// Many stars must not take for ever.
func TestGlobIsNotExponential(t *testing.T) {
	if compile(strings.Repeat("*a", 50) + "b").match(strings.Repeat("a", 5000)) {
		t.Error("matched")
	}
}

// Patterns without sets are translated to regular expressions, which must say the same.
func FuzzGlob(f *testing.F) {
	f.Add("fmt.*(?)", "fmt.Println(1)")
	f.Add("*a*b?", "xaab\n")
	f.Add("[a-c]*", "beta")
	f.Add("[", "[")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 100 || len(text) > 1000 || !utf8.ValidString(pattern) || !utf8.ValidString(text) {
			return
		}
		got := compile(pattern).match(text)
		if strings.Contains(pattern, "[") {
			return
		}
		re := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		if want := regexp.MustCompile(`(?s)\A` + re + `\z`).MatchString(text); got != want {
			t.Errorf("%q on %q: %t, want %t", pattern, text, got, want)
		}
	})
}

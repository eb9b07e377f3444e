package cell

import "testing"

func TestComplete(t *testing.T) {
	for _, test := range []struct{ source, status, indent string }{
		{"", "complete", ""},
		{"x := 1", "complete", ""},
		{"// why", "complete", ""},
		{"fmt.Println(\"hi\")\n", "complete", ""},
		{"func f() {\n}", "complete", ""},
		{"func main() {", "incomplete", "\t"},
		{"if x {", "incomplete", "\t"},
		{"func f() {\n\t// note", "incomplete", "\t"},
		{"for {\n\tif x {\n", "incomplete", "\t\t"},
		{"f(func() {\n", "incomplete", "\t"},
		{"x := []int{\n\t1,\n", "incomplete", "\t"},
		{"f(a,", "incomplete", "\t"},
		{"x := 1 +", "incomplete", "\t"},
		{"x := 1 + // more\n", "incomplete", "\t"},
		{"x.", "incomplete", "\t"},
		{"a, b", "incomplete", "\t"},
		{"const (\nx", "incomplete", "\t"},
		{"if x", "incomplete", "\t"},
		{"if a := f();", "incomplete", "\t"},
		{"s[i:j:", "incomplete", "\t"},
		{"go f", "incomplete", "\t"},
		{"package", "incomplete", "\t"},
		{"x := `a\n", "incomplete", ""},
		{"/* a\n", "incomplete", ""},
		{"!ls \\", "incomplete", ""},
		{"!ls \\\n", "incomplete", ""},
		{"!ls \\\n -l", "complete", ""},
		{"!ls", "complete", ""},
		{"%%", "incomplete", ""},
		{"%%\n\n", "complete", ""},
		{"%%\nx()", "complete", ""},
		{"x()\n%%", "incomplete", ""},
		{"%%bash\nls", "incomplete", ""},
		{"%%bash\nls\n", "incomplete", ""},
		{"%%bash\nls\n\n", "complete", ""},
		{"%%bash\nls\n  ", "incomplete", ""},
		{"foo bar", "invalid", ""},
		{"foo bar {", "invalid", ""},
		{"}", "invalid", ""},
		{"f(1]", "invalid", ""},
		{"if x\n", "incomplete", "\t"}, // y { may follow
		{"if x\n{", "invalid", ""},
		{"x := \"abc", "invalid", ""},
		{"x = = 1", "invalid", ""},
		{"x = = 1\ny := (", "invalid", ""},
		{"f(a b", "invalid", ""},
		{"func main() {}\nx := 1", "invalid", ""},
		{"x := @", "invalid", ""},
	} {
		if status, indent := Complete(test.source); status != test.status || indent != test.indent {
			t.Errorf("Complete(%q) = %s %q, want %s %q", test.source, status, indent, test.status, test.indent)
		}
	}
}

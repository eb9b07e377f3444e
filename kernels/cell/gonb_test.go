package cell

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"
)

// gonbFile is the file that GoNB makes of a cell's lines, by its rules: special lines, recognised wherever they stand, and lines that start with package are
// left out; those that start main are expanded.
func gonbFile(cell string) (file string, commands []string) {
	lines := strings.Split(cell, "\n")
	b := &strings.Builder{}
	b.WriteString("package main\n\n")
	inMain, joined := false, false
	for _, line := range lines {
		trimmed := strings.TrimPrefix(line, mark)
		isCommand := joined || len(trimmed) > 1 && (trimmed[0] == '%' || trimmed[0] == '!')
		joined = isCommand && strings.HasSuffix(line, `\`)
		if isCommand {
			commands = append(commands, trimmed)
		}
		switch {
		case strings.HasPrefix(trimmed, "%main"), trimmed == "%%", strings.HasPrefix(trimmed, "%% "), strings.HasPrefix(trimmed, "%%\t"):
			b.WriteString("func main() {\n\tflag.Parse()\n")
			inMain = true
		case strings.HasPrefix(trimmed, "%exec"):
			b.WriteString("func main() {\n\tflag.Parse()\n\t" + strings.Split(trimmed, " ")[1] + "()\n}\n")
		case isCommand, strings.HasPrefix(line, "package"):
		default:
			b.WriteString(line + "\n")
		}
	}
	if inMain {
		b.WriteString("\n}\n")
	}
	return b.String(), commands
}

func TestGonb(t *testing.T) {
	for _, test := range []struct{ name, source, want string }{
		{"nothing", "// only\n", ""},
		{"commands", "!ls \\\n -l\n//gonb:%env A b\n%mainly\n%executive", "!ls   -l\n%env A b\n% mainly\n% executive\n"},
		{"body", "%args -x\n%%\nfmt.Println(`\n!rm`)", "%args -x\n func main() {}\n"},
		{"arguments", "!a\n%% -x y\nf()\n!b", "!a\n%args -x y\n!b\n func main() {}\n"},
		{"exec", "%exec   f   -x  y", "%exec f -x  y\n"},
		{"exec without a name", "%exec", "% exec\n"},
		{"own main", "func main() { panic(1) }\nfunc f() {}", " func f() {}\n func main() {}\n"},
		{"test", "%test\nfunc TestX(t *testing.T) {}", "%test\n func TestX(t *testing.T) {}\n"},
		{"strings", "package main\nconst (\n\ta = `\n%%\n!ls\npackage p`\n\tb = `x`\n)\nfunc f(\npackages int,\n) bool {\nreturn g(\n!true)\n}", " const (\n \ta = \"\\n%%\\n!ls\\npackage p\"\n \tb = `x`\n )\n func f(\n packages int,\n ) bool {\n return g(\n !true)\n }\n func main() {}\n"},
		{"comments", "func f() {\n/*\n%%\n*/\n//gonb:!rm\n}", " func f() {\n /*\n %%\n */\n //gonb:!rm\n }\n func main() {}\n"},
		{"magic", "\ufeff\n%%bash\n`ls`\n", "%%bash\n`ls`\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := split(t, test.source)
			got := c.Gonb()
			if got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
			if c.Magic != "" {
				return
			}
			file, _ := gonbFile(got)
			if _, err := parser.ParseFile(token.NewFileSet(), "", file, 0); err != nil && test.name != "exec without a name" {
				t.Errorf("%v in:\n%s", err, file)
			}
		})
	}
}

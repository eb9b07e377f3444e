package build

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Diagnostic is one complaint of the compiler, the linker or the go command. File is as the //line directives have it; Line and Col are 0 when it names none.
type Diagnostic struct {
	File      string
	Line, Col int
	Message   string // further lines, if any, are indented by a tab
}

// Failed is a program that could not be built.
type Failed struct {
	Diagnostics []Diagnostic
	Output      string // as the tools printed it
}

func (f *Failed) Error() string {
	var b strings.Builder
	b.WriteString("build: ")
	for i, d := range f.Diagnostics {
		if i > 0 {
			b.WriteByte('\n')
		}
		if d.File != "" {
			b.WriteString(d.File)
			for _, n := range []int{d.Line, d.Col} {
				if n > 0 {
					b.WriteString(":" + strconv.Itoa(n))
				}
			}
			b.WriteString(": ")
		}
		b.WriteString(d.Message)
	}
	if len(f.Diagnostics) == 0 {
		b.WriteString(strings.TrimSpace(f.Output))
	}
	return b.String()
}

var (
	// position is where a complaint is about: file:line:column, the last sometimes missing; a file's name may hold spaces and colons, not a line break.
	position = regexp.MustCompile(`^((?:[^\s:]|:[^ \t\n0-9])[^\t\n]*?):([0-9]{1,8})(?::([0-9]{1,8}))?: (.*)$`)
	// behind is the place in the program's own text, which the compiler adds to the place that a //line directive gave it.
	behind = regexp.MustCompile(`(:[0-9]+)\[[^\[\]\s]+\.go:[0-9]+(?::[0-9]+)?\]`)
)

// Diagnose reads what the compiler, the linker or the go command printed in dir.
func Diagnose(output, dir string) (all []Diagnostic) {
	more := false // the line before belongs to a diagnostic, which may go on
	for line := range strings.Lines(output) {
		line = behind.ReplaceAllString(strings.TrimRight(line, " \t\r\n"), "$1")
		indented := strings.HasPrefix(line, "\t") || strings.HasPrefix(line, " ")
		text := strings.TrimSpace(line)
		if text == "" || strings.HasPrefix(line, "# ") || strings.HasPrefix(line, "go: downloading ") || strings.HasSuffix(text, "too many errors") {
			continue
		}
		d := Diagnostic{Message: text}
		if m := position.FindStringSubmatch(text); m != nil {
			d.File, d.Message = tidy(m[1], dir), m[4]
			d.Line, _ = strconv.Atoi(m[2])
			d.Col, _ = strconv.Atoi(m[3])
		}
		switch last := len(all) - 1; {
		case !indented || !more:
			all = append(all, d)
		case d.File != "" && all[last].File == "" && strings.HasPrefix(all[last].Message, "package ") && !strings.Contains(all[last].Message, "\n"):
			all[last] = d // the go command says first which package it is about
		default:
			all[last].Message += "\n\t" + text
		}
		more = true
	}
	return all
}

// tidy gives a file of the program its bare name, and any other its whole path.
func tidy(file, dir string) string {
	if !filepath.IsAbs(file) && (strings.HasPrefix(file, "./") || strings.HasPrefix(file, "../")) {
		file = filepath.Join(dir, file)
	}
	if rel, ok := strings.CutPrefix(file, dir+string(filepath.Separator)); ok && dir != "" {
		return rel
	}
	return file
}

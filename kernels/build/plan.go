package build

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// plan is how the go command would compile and link an empty program: its command lines, with the names of files cut out.
type plan struct {
	Compile []string // arguments before the file names
	Link    []string // arguments before the archive
	LinkEnv []string
	Base    []string // packages that every program is linked with
	Info    string   // what the program tells of its build
	Why     string   // why programs are left to the go command
}

// plan asks `go build -n`, which prints what it would do.
func (b *Builder) plan(ctx context.Context, scaffold string, vars map[string]string) plan {
	out, err := b.command(ctx, scaffold, "build", "-n", "-o", filepath.Join(scaffold, "program"), ".").CombinedOutput()
	if err != nil {
		return plan{Why: "go build -n: " + err.Error()}
	}
	return readPlan(out, scaffold, vars["GOTOOLDIR"])
}

// readPlan takes the two commands out of what go build -n printed, and refuses what it does not know.
func readPlan(out []byte, scaffold, toolDir string) plan {
	var p plan
	here := "" // name of the text under way
	for text := range bytes.Lines(out) {
		line := strings.TrimRight(string(text), "\n")
		if here != "" {
			if line == "EOF" {
				here = ""
			} else if path, _, ok := strings.Cut(strings.TrimPrefix(line, "packagefile "), "="); ok && strings.HasPrefix(line, "packagefile ") && strings.Contains(here, "importcfg.link") && !strings.HasSuffix(line, "/b001/_pkg_.a") {
				p.Base = append(p.Base, path)
			} else if info, ok := strings.CutPrefix(line, "modinfo "); ok {
				p.Info = info
			}
			continue
		}
		words, ok := shellWords(line)
		if !ok {
			return plan{Why: "go build -n printed " + line}
		}
		var env []string
		for len(words) > 0 && strings.Contains(words[0], "=") {
			env, words = append(env, words[0]), words[1:]
		}
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		switch program := words[0]; {
		case strings.HasSuffix(line, "<< 'EOF' # internal"):
			here = line
		case program == filepath.Join(toolDir, "compile"):
			if i := slices.Index(words, "-p"); i >= 0 && i+1 < len(words) && words[i+1] == "main" {
				p.Compile = words[1:]
			}
		case program == filepath.Join(toolDir, "link"):
			p.Link, p.LinkEnv = words[1:], env
		case slices.Contains([]string{"mkdir", "cd", "mv", "cp", "rm", "echo"}, program), slices.Equal(words[:min(3, len(words))], []string{"go", "tool", "buildid"}):
		default:
			return plan{Why: "go build -n printed " + line}
		}
	}
	var compiles, links bool
	p.Compile, compiles = cut(p.Compile, scaffold, "-o", "-buildid", "-importcfg", "-trimpath")
	p.Link, links = cut(p.Link, scaffold, "-o", "-importcfg", "-buildid")
	if !compiles || !links || len(p.Base) == 0 {
		return plan{Why: "go build -n printed commands of a kind not known"}
	}
	return p
}

// cut takes flags with their values out of a command line, and the file at its end. It fails when the rest still speaks of files of that one build.
func cut(args []string, scaffold string, flags ...string) (rest []string, ok bool) {
	if len(args) == 0 {
		return nil, false
	}
	args = args[:len(args)-1]
	for i := 0; i < len(args); i++ {
		name, _, joined := strings.Cut(args[i], "=")
		switch {
		case slices.Contains(flags, name) && joined:
		case slices.Contains(flags, name):
			i++
		case strings.Contains(args[i], "$WORK") || strings.Contains(args[i], scaffold):
			return nil, false
		default:
			rest = append(rest, args[i])
		}
	}
	return rest, true
}

// shellWords splits a command as the go command prints it: words with special characters are quoted as in Go or between single quotes.
func shellWords(line string) (words []string, ok bool) {
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		var word strings.Builder
		for line != "" && line[0] != ' ' {
			switch line[0] {
			case '\'':
				text, rest, closed := strings.Cut(line[1:], "'")
				if !closed {
					return nil, false
				}
				word.WriteString(text)
				line = rest
			case '"':
				quoted, err := strconv.QuotedPrefix(line)
				if err != nil {
					return nil, false
				}
				text, _ := strconv.Unquote(quoted)
				word.WriteString(text)
				line = line[len(quoted):]
			default:
				end := strings.IndexAny(line, ` '"`)
				if end < 0 {
					end = len(line)
				}
				word.WriteString(line[:end])
				line = line[end:]
			}
		}
		words = append(words, word.String())
	}
	return words, true
}

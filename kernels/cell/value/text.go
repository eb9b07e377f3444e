package value

import (
	"fmt"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

const (
	deepest  = 6    // levels of structs, slices and pointers within each other
	elements = 100  // of a slice or map
	letters  = 4000 // of a string
	parts    = 4000 // of a value in all
	width    = 100  // of a line
)

// printer writes values as Go would, without what everybody sees: strings quoted, pointers followed, type names where they tell something.
type printer struct {
	left int
	path map[uintptr]bool // pointers on the way to here
}

func text(v any) string {
	p := printer{parts, map[uintptr]bool{}}
	return p.print(reflect.ValueOf(v), 0, true)
}

// tuple is several results in one line.
func tuple(values []any) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = text(v)
	}
	return strings.Join(list, ", ")
}

// print is one value; typed says whether its type is still to be told.
func (p *printer) print(v reflect.Value, depth int, typed bool) string {
	if !v.IsValid() || isNil(v) {
		return "nil"
	}
	if p.left--; p.left < 0 || depth > deepest {
		return "…"
	}
	if s, ok := own(v); ok {
		return s
	}
	switch v.Kind() {
	case reflect.Interface:
		return p.print(v.Elem(), depth, true)
	case reflect.Pointer:
		return p.pointer(v, depth, typed)
	case reflect.String:
		return quote(v.String())
	case reflect.Float32, reflect.Float64:
		return float(v, depth)
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return octets(v)
		}
		return p.slice(v, depth, typed)
	case reflect.Map:
		return p.dictionary(v, depth, typed)
	case reflect.Struct:
		return p.structure(v, depth, typed)
	case reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return name(v.Type(), true)
	}
	return fmt.Sprint(v)
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Func, reflect.Chan, reflect.Interface, reflect.UnsafePointer:
		return v.IsNil()
	}
	return false
}

// own is the text that a value gives of itself.
func own(v reflect.Value) (string, bool) {
	if !v.CanInterface() {
		return "", false
	}
	switch x := v.Interface().(type) {
	case fmt.Formatter:
		return called("Format", func() string { return fmt.Sprintf("%v", x) }), true
	case fmt.Stringer:
		return called("String", x.String), true
	case error:
		return called("Error", x.Error), true
	}
	return "", false
}

func called(method string, f func() string) string {
	s, err := try(func() (string, error) { return f(), nil })
	if err != nil {
		return fmt.Sprintf("(%s: %v)", method, err)
	}
	if utf8.RuneCountInString(s) > letters*4 {
		s = string([]rune(s)[:letters*4]) + "…"
	}
	return s
}

func (p *printer) pointer(v reflect.Value, depth int, typed bool) string {
	if p.path[v.Pointer()] {
		return "&…" // it holds itself
	}
	p.path[v.Pointer()] = true
	defer delete(p.path, v.Pointer())
	return "&" + p.print(v.Elem(), depth, typed)
}

func (p *printer) slice(v reflect.Value, depth int, typed bool) string {
	var list []string
	for i := range min(v.Len(), elements) {
		list = append(list, p.print(v.Index(i), depth+1, false))
	}
	return lay(name(v.Type(), typed), list, v.Len())
}

func (p *printer) dictionary(v reflect.Value, depth int, typed bool) string {
	var list []string
	for _, key := range sortedKeys(v, elements) {
		list = append(list, p.print(key, depth+1, false)+": "+p.print(v.MapIndex(key), depth+1, false))
	}
	return lay(name(v.Type(), typed), list, v.Len())
}

func (p *printer) structure(v reflect.Value, depth int, typed bool) string {
	var list []string
	for i := range v.NumField() {
		list = append(list, v.Type().Field(i).Name+": "+p.print(v.Field(i), depth+1, true))
	}
	return lay(name(v.Type(), typed), list, len(list))
}

// lay sets parts in one line where they fit, short ones in full lines, and others each in its own.
func lay(head string, list []string, all int) string {
	if all > len(list) {
		list = append(list, fmt.Sprintf("… %d more", all-len(list)))
	}
	one := head + "{" + strings.Join(list, ", ") + "}"
	if utf8.RuneCountInString(one) <= width && !strings.Contains(one, "\n") {
		return one
	}
	short := true
	for _, s := range list {
		short = short && len(s) <= width/6 && !strings.Contains(s, "\n")
	}
	var b strings.Builder
	column := width
	for _, s := range list {
		if !short || column+len(s) > width {
			b.WriteString("\n\t")
			column = 0
		} else {
			b.WriteString(" ")
		}
		b.WriteString(strings.ReplaceAll(s, "\n", "\n\t") + ",")
		column += len(s) + 2
	}
	return head + "{" + b.String() + "\n}"
}

var (
	mainTypes = regexp.MustCompile(`\bmain\.`)
	goWords   = strings.NewReplacer("interface {}", "any", "[]uint8", "[]byte")
)

// name is a type as the cell writes it.
func name(t reflect.Type, typed bool) string {
	if !typed {
		return ""
	}
	return goWords.Replace(mainTypes.ReplaceAllString(t.String(), ""))
}

// float is short within something else, and exact alone.
func float(v reflect.Value, depth int) string {
	digits := -1
	if depth > 0 {
		digits = 6
	}
	short := strconv.FormatFloat(v.Float(), 'g', digits, v.Type().Bits())
	if exact := strconv.FormatFloat(v.Float(), 'g', -1, v.Type().Bits()); len(exact) < len(short) {
		return exact
	}
	return short
}

func quote(s string) string {
	if len(s) <= letters {
		return strconv.Quote(s)
	}
	cut := letters
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return fmt.Sprintf("%s… %d more bytes", strconv.Quote(s[:cut]), len(s)-cut)
}

// octets are bytes; a slice of them as text where it is text.
func octets(v reflect.Value) string {
	head := name(v.Type(), true)
	n := min(v.Len(), 16*elements)
	b := make([]byte, n)
	for i := range n {
		b[i] = byte(v.Index(i).Uint())
	}
	if v.Kind() == reflect.Slice && n > 0 && printable(b) {
		if n == v.Len() {
			return head + "(" + strconv.Quote(string(b)) + ")"
		}
		return fmt.Sprintf("%s(%s… %d more)", head, strconv.Quote(string(b)), v.Len()-n)
	}
	list := make([]string, min(n, elements))
	for i := range list {
		list[i] = fmt.Sprintf("0x%02x", b[i])
	}
	return lay(head, list, v.Len())
}

func printable(b []byte) bool {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 && i+utf8.UTFMax < len(b) || r < ' ' && r != '\n' && r != '\t' {
			return false
		}
		i += size
	}
	return true
}

package value

import (
	"cmp"
	"fmt"
	"html"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	rows    = 30
	columns = 20
	chars   = 120 // of one cell
)

var (
	stringerType = reflect.TypeFor[fmt.Stringer]()
	errorType    = reflect.TypeFor[error]()
)

// htmlTable is a small table of what has rows: [][]string, slices of structs, maps.
func htmlTable(v reflect.Value) (string, bool) {
	if !v.IsValid() {
		return "", false
	}
	if _, ok := own(v); ok {
		return "", false
	}
	var head []string
	var body [][]string
	all := 0
	switch v.Kind() {
	case reflect.Slice, reflect.Array:
		all = v.Len()
		switch elem := v.Type().Elem(); {
		case elem.Kind() == reflect.Slice && elem.Elem().Kind() == reflect.String:
			body = lines(v)
		case structOf(elem) != nil:
			head, body = records(v, structOf(elem))
		}
	case reflect.Map:
		all = v.Len()
		head, body = []string{"key", "value"}, entries(v)
	}
	if len(body) == 0 {
		return "", false
	}
	return render(head, body, all), true
}

// structOf is the struct that rows are made of, or nil: those that give a text of themselves, as times do, are no rows.
func structOf(t reflect.Type) reflect.Type {
	if t.Implements(stringerType) || t.Implements(errorType) {
		return nil
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.NumField() == 0 {
		return nil
	}
	return t
}

func lines(v reflect.Value) [][]string {
	var body [][]string
	for i := range min(v.Len(), rows) {
		row := make([]string, min(v.Index(i).Len(), columns))
		for j := range row {
			row[j] = v.Index(i).Index(j).String()
		}
		body = append(body, row)
	}
	return body
}

func records(v reflect.Value, t reflect.Type) (head []string, body [][]string) {
	for i := range min(t.NumField(), columns) {
		head = append(head, t.Field(i).Name)
	}
	for i := range min(v.Len(), rows) {
		row := make([]string, len(head))
		s := v.Index(i)
		if s.Kind() == reflect.Pointer {
			s = s.Elem()
		}
		for j := range row {
			row[j] = "nil"
			if s.IsValid() {
				row[j] = plain(s.Field(j))
			}
		}
		body = append(body, row)
	}
	return head, body
}

func entries(v reflect.Value) [][]string {
	var body [][]string
	for _, key := range sortedKeys(v, rows) {
		body = append(body, []string{plain(key), plain(v.MapIndex(key))})
	}
	return body
}

// plain is a value in a table's cell: strings stand without quotes.
func plain(v reflect.Value) string {
	for v.Kind() == reflect.Interface && !v.IsNil() {
		v = v.Elem()
	}
	if _, ok := own(v); !ok && v.Kind() == reflect.String {
		return v.String()
	}
	p := printer{elements, map[uintptr]bool{}}
	return p.print(v, 1, true)
}

func render(head []string, body [][]string, all int) string {
	wide := len(head)
	var b strings.Builder
	b.WriteString("<table>")
	row := func(tag string, cells []string) {
		b.WriteString("<tr>")
		for _, s := range cells {
			b.WriteString("<" + tag + ">" + html.EscapeString(clip(s)) + "</" + tag + ">")
		}
		b.WriteString("</tr>")
		wide = max(wide, len(cells))
	}
	if head != nil {
		row("th", head)
	}
	for _, cells := range body {
		row("td", cells)
	}
	if more := all - len(body); more > 0 {
		fmt.Fprintf(&b, `<tr><td colspan="%d">… %d more</td></tr>`, wide, more)
	}
	b.WriteString("</table>")
	return b.String()
}

func clip(s string) string {
	if utf8.RuneCountInString(s) <= chars {
		return s
	}
	return string([]rune(s)[:chars]) + "…"
}

// sortedKeys are the first keys of a map in order.
func sortedKeys(m reflect.Value, most int) []reflect.Value {
	keys := m.MapKeys()
	slices.SortFunc(keys, compare)
	return keys[:min(len(keys), most)]
}

func compare(a, b reflect.Value) int {
	for a.Kind() == reflect.Interface {
		a = a.Elem()
	}
	for b.Kind() == reflect.Interface {
		b = b.Elem()
	}
	switch {
	case a.Kind() != b.Kind():
		return cmp.Compare(a.Kind(), b.Kind())
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	case a.CanFloat():
		return cmp.Compare(a.Float(), b.Float())
	}
	return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b))
}

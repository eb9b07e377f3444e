package front

import (
	"fmt"
	"strings"
)

// specialCommands are the commands that cells know, for %help and for completion: what to write, and what it does.
var specialCommands = []struct{ name, arguments, does string }{
	{"%%", "[ARGUMENTS]", "what follows is the body of main, run with these arguments; not needed: a cell may just hold statements"},
	{"%main", "[ARGUMENTS]", "the same as %%"},
	{"%args", "ARGUMENTS", "the program's arguments for this cell (os.Args, package flag)"},
	{"%exec", "FUNCTION [ARGUMENTS]", "call a function without parameters as the cell's program"},
	{"%test", "[FLAGS]", "compile the cell as a test and run its tests and benchmarks; flags have the prefix -test."},
	{"%wasm", "", "compile the cell for the browser and run it in the page"},
	{"%env", "NAME VALUE", "set an environment variable for cells and shell commands"},
	{"%cd", "[FOLDER]", "change the folder that cells run in, or tell it"},
	{"%goflags", "[FLAGS]", "further flags for go build; \"\" takes them away, nothing shows them"},
	{"%ls", "", "list the definitions of the cells so far (also %list)"},
	{"%rm", "NAMES", "forget definitions, by the names that %ls shows (also %remove)"},
	{"%reset", "[go.mod]", "forget all definitions, or only what was added to go.mod"},
	{"%autoget", "", "let each cell download the packages that it imports and that are missing"},
	{"%noautoget", "", "never download unasked: how a kernel starts"},
	{"%with_inputs", "", "the next shell command reads what you type"},
	{"%with_password", "", "the next shell command reads a password"},
	{"%capture", "[-a] FILE", "copy this cell's output to a file; -a appends"},
	{"%track", "[PATH]", "GoNB's list of folders that it watches; changed packages are rebuilt without it (also %untrack)"},
	{"%goworkfix", "", "repeat the workspace's modules as replace rules in go.mod, which go get wants"},
	{"%widgets", "", "connect GoNB's widgets to the page (%widgets_hb tests the connection)"},
	{"%version", "", "GoNB's version"},
	{"%help", "", "this page"},
	{"%%bash", "", "the whole cell is a shell script (also %%sh)"},
	{"%%script", "PROGRAM", "the whole cell is the input of a program"},
	{"%%writefile", "[-a] FILE", "write the cell to a file; -a appends"},
	{"%%gx", "", "the whole cell is GX"},
	{"!", "COMMAND", "run a shell command; if it fails, so does the cell"},
	{"!*", "COMMAND", "the same in the folder of the cell's go.mod: !*go get PATH fetches a module"},
	{"name?", "", "what is known of a name; name?? with its source"},
}

const helpIntro = `A cell is Go: declarations, statements, or both. Imports are added for packages that it names.

Declarations (func, type, const, import, and var before the first statement) are there for later cells too. The statements run; what they declare ends with the
cell. Each cell is a program of its own: a var is made anew in each, and what shall last goes into a file. A cell that ends in an expression shows its value.
Printing a form feed ("\f") clears what the cell has shown so far.

`

// helpText is %help as plain text.
func helpText() string {
	var b strings.Builder
	b.WriteString(helpIntro)
	for _, c := range specialCommands {
		fmt.Fprintf(&b, "  %-32s %s\n", strings.TrimSpace(c.name+" "+c.arguments), c.does)
	}
	b.WriteString("\nTab completes, Shift-Tab explains. Interrupt (■) asks the program to stop, a second one ends it at once.\n")
	return b.String()
}

// helpMarkdown is %help as Markdown.
func helpMarkdown() string {
	var b strings.Builder
	b.WriteString("## Go cells\n\n" + helpIntro + "| command | what it does |\n| --- | --- |\n")
	for _, c := range specialCommands {
		fmt.Fprintf(&b, "| `%s` | %s |\n", strings.TrimSpace(c.name+" "+c.arguments), c.does)
	}
	b.WriteString("\nTab completes, Shift-Tab explains. Interrupt (■) asks the program to stop, a second one ends it at once.\n")
	return b.String()
}

// commandHelp is a line for each command, by its name.
func commandHelp() map[string]string {
	help := map[string]string{}
	for _, c := range specialCommands {
		if c.name != "name?" {
			help[c.name] = strings.TrimSpace(c.name+" "+c.arguments) + ": " + c.does
		}
	}
	return help
}

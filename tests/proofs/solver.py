"""A solver process: SMT-LIB 2 commands on standard input, cvc5's answers on standard output.

Must not know: what is asked. The wheel of cvc5 has no program of its own; this is one.
"""

import sys

import cvc5


def solver():
    """A fresh solver, with the parser that feeds it."""
    fresh = cvc5.Solver(cvc5.TermManager())
    # No question of the law takes so long; an answer `unknown` is told as one.
    fresh.setOption("tlimit-per", "60000")
    symbols = cvc5.SymbolManager(fresh)
    parser = cvc5.InputParser(fresh, symbols)
    return fresh, symbols, parser


def commands(lines):
    """Each whole command: its parentheses balance outside of strings, quoted symbols and comments."""
    text, depth, quote = [], 0, None
    for line in lines:
        for place, char in enumerate(line):
            if quote:
                quote = None if char == quote else quote
            elif char == ";":
                line = line[:place] + "\n"
                break
            elif char in "\"|":
                quote = char
            elif char in "()":
                depth += 1 if char == "(" else -1
        text.append(line)
        if depth == 0 and quote is None and "".join(text).strip():
            yield "".join(text)
            text = []


def main():
    fresh, symbols, parser = solver()
    for text in commands(sys.stdin):
        if text.split() == ["(reset)"]:
            fresh, symbols, parser = solver()
            continue
        if text.split() == ["(exit)"]:
            return
        try:
            parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "law")
            while not (command := parser.nextCommand()).isNull():
                sys.stdout.write(command.invoke(fresh, symbols))
        except Exception as error:  # told to whoever asked, in the form of a solver
            told = str(error).replace('"', "'").replace("\n", " ")
            sys.stdout.write(f'(error "{told}")\n')
        sys.stdout.flush()


main()

# frozen_string_literal: true

module Bench
  # Lines of columns, numbers to the right.
  module Table
    module_function

    # @param rows [Array<Array(String, Object)>] names and values, the same names in each
    # @return [String]
    def of(rows)
      cells = [rows.first.map { |name, _| name.to_s }, *rows.map { |row| row.map { |_, value| text(value) } }]
      widths = cells.transpose.map { |column| column.map(&:size).max }
      words = rows.first.map { |_, value| value.is_a?(String) }
      cells.map { |row| line(row, widths, words) }.join("\n")
    end

    def line(row, widths, words)
      row.zip(widths, words).map { |cell, width, word| word ? cell.ljust(width) : cell.rjust(width) }.join("  ").rstrip
    end

    def text(cell)
      case cell
      when nil then "-"
      when Float then format(cell.abs < 1 ? "%.3f" : "%.2f", cell)
      else cell.to_s
      end
    end

    private_class_method :line, :text
  end
end

# frozen_string_literal: true

require "mail_room"
require "psych"

module MailRoom
  class Configuration
    # What may be told of an exception raised while the template was evaluated. A template handles
    # passwords, and many errors of Ruby quote the value they failed on (`undefined method 'x' for
    # "hunter2"`), a syntax error even the line. So messages are told only where they are known to
    # name things, and otherwise the class and the places: the line of the template, and where the code
    # stands that it called.
    class TemplateFailure
      # Path and line at the beginning of a frame, or of the message of a syntax error.
      PLACE = /\A(?<path>[^<\n][^\n]*?):(?<line>\d+)(?=:|\z)/

      # @param error [Exception]
      # @param path [String] of the template
      # @param language [String] it is written in
      def initialize(error, path, language: "ERB")
        @error = error
        @path = path.to_s
        @language = language
      end

      # @return [String] class, what may be told, the line of the template, and the place of the code it
      #   called
      def to_s
        [[@language, *what].join(": "), ("at line #{line}" if line),
         ("in #{elsewhere}" if elsewhere)].compact.join(" ")
      end

      private

      def what
        @error.is_a?(SystemExit) ? ["ends the program (exit)"] : [@error.class, detail].compact
      end

      def detail
        case @error
        when KeyError then "key not found: #{@error.key.inspect}"
        when NoMethodError then "undefined method #{@error.name.inspect}"
        when NameError then "undefined name #{@error.name.inspect}"
        when LoadError, SystemCallError then Printable.line(@error.message)
        when Psych::SyntaxError then yaml
        when RuntimeError then Printable.line(@error.message) if @error.instance_of?(RuntimeError)
        end
      rescue ArgumentError # KeyError#key when it was raised without one
        nil
      end

      def yaml
        place = [@error.file, "line #{@error.line}", "column #{@error.column}"].compact * ", "
        Printable.line("#{@error.problem} (#{place})")
      end

      def line
        places.find { |path, _| path == @path }&.last
      end

      # Where it was raised, unless that was the template itself.
      #
      # @return [String, nil]
      def elsewhere
        path, line = places.first
        Printable.line("#{path}:#{line}") if path && path != @path
      end

      # @return [Array<Array<String>>] path and line, the innermost first, without Ruby's own code
      def places
        # A syntax error has no frame in its file; its message begins with path and line.
        written = syntax? ? [@error.message] : Array(@error.backtrace)
        written.filter_map { |place| place.match(PLACE) { |match| [match[:path], match[:line]] } }
      end

      def syntax?
        @error.is_a?(SyntaxError)
      end
    end
  end
end

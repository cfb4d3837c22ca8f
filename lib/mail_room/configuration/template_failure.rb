# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Configuration
    # What may be told of an exception raised while the template was evaluated. A template handles
    # passwords, and many errors of Ruby quote the value they failed on (`undefined method 'x' for
    # "hunter2"`), a syntax error even the line. So messages are told only where they are known to
    # name things, and otherwise the class and the line.
    class TemplateFailure
      # @param error [Exception]
      # @param path [String] of the template
      def initialize(error, path)
        @error = error
        @path = path
      end

      # @return [String] class, what may be told, and the line of the template
      def to_s
        [["ERB", @error.class, detail].compact.join(": "), ("at line #{line}" if line)].compact.join(" ")
      end

      private

      def detail
        case @error
        when KeyError then "key not found: #{@error.key.inspect}"
        when NoMethodError then "undefined method #{@error.name.inspect}"
        when NameError then "undefined name #{@error.name.inspect}"
        when LoadError, SystemCallError then Printable.line(@error.message)
        when RuntimeError then Printable.line(@error.message) if @error.instance_of?(RuntimeError)
        end
      rescue ArgumentError # KeyError#key when it was raised without one
        nil
      end

      # A syntax error has no frame in the template; its message begins with path and line.
      def line
        places = @error.is_a?(SyntaxError) ? [@error.message] : Array(@error.backtrace)
        places.each { |place| place.match(/\A#{Regexp.escape(@path)}:(\d+)/) { |match| return match[1] } }
        nil
      end
    end
  end
end

# frozen_string_literal: true

require "erb"
require "json" # templates write mappings with to_json
require "mail_room"
require "yaml"

module MailRoom
  class Configuration
    # A file of settings as it is written: ERB evaluated, YAML parsed.
    class Template
      # Text of a file with settings, which is UTF-8 whatever the locale of a service.
      #
      # @param path [String]
      # @return [String]
      # @raise [ConfigurationError] when it cannot be read; the message does not name the path
      def self.read(path)
        text = utf8(path)
        text.valid_encoding? ? text : raise(ConfigurationError, "is not valid UTF-8")
      rescue SystemCallError => error
        raise ConfigurationError, "cannot be read: #{error.class.new.message}"
      rescue TypeError, ArgumentError # a path that is no String, or has a NUL in it
        raise ConfigurationError, "is no path of a file"
      end

      # @param path [String]
      # @return [String] its text as UTF-8, which it need not be, without the mark that some editors begin it with
      # @raise [SystemCallError] when it cannot be read
      def self.utf8(path)
        # With the encoding `BOM|UTF-8` a file with the mark of UTF-16 could not be read at all.
        File.binread(path).force_encoding(Encoding::UTF_8).delete_prefix("\u{FEFF}")
      end

      # @param path [String]
      # @param empty [Hash, nil] what a file stands for that says nothing; nil when that is an error
      def initialize(path, empty: nil)
        @path = path
        @empty = empty
      end

      # @return [Hash{Symbol => Object}] the mapping at the top of the file
      # @raise [ConfigurationError] when the file cannot be read, evaluated or parsed; the message does not name it
      def to_h
        document = parse(render(self.class.read(@path)))
        document = @empty if document.nil?
        return Keys.symbolize(document) if document.is_a?(Hash)

        raise ConfigurationError, "the top level must be a mapping, not #{document ? document.class : 'empty'}"
      end

      private

      def render(text)
        erb = ERB.new(text)
        erb.filename = @path # for __FILE__, require_relative and the lines of errors
        Evaluation.run(@path, language: "ERB") { erb.result }
      end

      # Errors that quote what they failed on are reworded: `password: *hunter2` is an alias in YAML,
      # and its error names it.
      def parse(text)
        YAML.safe_load(text, permitted_classes: [Symbol], aliases: true)
      rescue Psych::SyntaxError => error
        raise ConfigurationError, "YAML: #{[error.problem, error.context].compact * ' '} at line #{error.line} " \
                                  "column #{error.column} of the rendered text", cause: nil
      rescue Psych::BadAlias
        raise ConfigurationError, "YAML: an alias without anchor; a value that begins with * needs quotes", cause: nil
      rescue Psych::Exception, ArgumentError, TypeError
        raise ConfigurationError, "YAML: a date, a time or a value with a tag is not allowed here; put it in quotes",
              cause: nil
      end
    end
  end
end

# frozen_string_literal: true

require "erb"
require "json" # templates write mappings with to_json
require "mail_room"
require "yaml"

module MailRoom
  class Configuration
    # A file of YAML, in which ERB may stand.
    class Template
      # @param path [String]
      # @param erb [Boolean] whether ERB in it is evaluated
      def initialize(path, erb: true)
        @path = path
        @erb = erb
      end

      # @return [Object] what the YAML says; nil when it is empty
      # @raise [ConfigurationError] when the file cannot be read, evaluated or parsed; without the path
      def load
        text = read
        parse(@erb ? render(text) : text)
      end

      private

      # YAML is UTF-8, whatever the locale of a service.
      def read
        text = File.read(@path, encoding: "BOM|UTF-8")
        text.valid_encoding? ? text : raise(ConfigurationError, "is not valid UTF-8")
      rescue SystemCallError => error
        raise ConfigurationError, "cannot be read: #{error.class.new.message}"
      rescue TypeError, ArgumentError # a path that is no String, or has a NUL in it
        raise ConfigurationError, "is no path of a file"
      end

      # The template is code of another project (GitLab's requires its own libraries), so anything
      # may be raised in it.
      def render(text)
        erb = ERB.new(text)
        erb.filename = @path # for __FILE__, require_relative and the lines of errors
        erb.result
      rescue SystemExit, SignalException, NoMemoryError
        raise
      rescue Exception => error # rubocop:disable Lint/RescueException -- see above
        # Whoever prints the cause as well would print what is left out here.
        raise ConfigurationError, TemplateFailure.new(error, @path).to_s, cause: nil
      end

      # Errors that quote what they failed on are reworded: `password: *hunter2` is an alias in YAML,
      # and its error names it.
      def parse(text)
        YAML.safe_load(text, permitted_classes: [Symbol], aliases: true)
      rescue Psych::SyntaxError => error
        raise ConfigurationError, "YAML: #{[error.problem, error.context].compact * ' '} at line #{error.line} " \
                                  "column #{error.column}#{' of the rendered text' if @erb}", cause: nil
      rescue Psych::BadAlias
        raise ConfigurationError, "YAML: an alias without anchor; a value that begins with * needs quotes", cause: nil
      rescue Psych::Exception, ArgumentError, TypeError
        raise ConfigurationError, "YAML: a date, a time or a value with a tag is not allowed here; put it in quotes",
              cause: nil
      end
    end
  end
end

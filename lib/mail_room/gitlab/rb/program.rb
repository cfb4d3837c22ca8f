# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    class Rb
      # A `gitlab.rb`, which is a Ruby program of the administrator's: evaluates it, and keeps what it sets. Whatever
      # is called there without being known, such as `letsencrypt` or `roles`, is the name of a setting.
      class Program
        include Redaction::Opaque

        # @return [Attributes]
        attr_reader :attributes

        # @param path [String]
        # @raise [ConfigurationError] when it cannot be read, or ends with an error; names the line
        def initialize(path)
          @attributes = Attributes.new
          text = Configuration::Template.read(path)
          Configuration::Evaluation.run(path, language: "Ruby") do
            Scope.new(@attributes).instance_eval(text, path.to_s)
          end
        end

        # What `self` is in the program.
        class Scope
          # @param attributes [Attributes]
          def initialize(attributes)
            @attributes = attributes
          end

          # @param path [String] of another program, which is evaluated here
          # @return [void]
          def from_file(path)
            instance_eval(File.read(path, encoding: "BOM|UTF-8"), path.to_s)
          end

          private

          def method_missing(name, *values)
            return @attributes[name] if values.empty?

            @attributes[name] = values.one? ? values.first : values
          end

          def respond_to_missing?(_name, _private)
            true
          end
        end
        private_constant :Scope
      end
    end
  end
end

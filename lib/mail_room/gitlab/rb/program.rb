# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    class Rb
      # A `gitlab.rb`, which is a Ruby program of the administrator's: evaluates it, and keeps what it sets.
      class Program
        autoload :Node, "mail_room/gitlab/rb/program/node"
        autoload :Scope, "mail_room/gitlab/rb/program/scope"

        include Redaction::Opaque

        # @return [Attributes]
        attr_reader :attributes

        # @param path [String]
        # @raise [ConfigurationError] when it cannot be read, or ends with an error; names the line
        def initialize(path)
          @attributes = Attributes.new
          text = Configuration::Template.read(path)
          Configuration::Evaluation.run(path, language: "Ruby") { Scope.new(@attributes).run(text, path.to_s) }
        end
      end
    end
  end
end

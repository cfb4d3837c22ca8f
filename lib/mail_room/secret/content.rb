# frozen_string_literal: true

require "mail_room"
require "yaml"

module MailRoom
  class Secret
    # What somebody wants to have encrypted.
    class Content
      # What a file has before anybody has written into it.
      TEMPLATE = "# password: '123'\n# user: 'gitlab-incoming@gmail.com'\n"

      # @param text [String]
      def initialize(text)
        @text = text
      end

      # GitLab does not load what is no mapping.
      #
      # @return [String, nil] what is wrong with it, without a word of it; nil when nothing is
      def problem
        "Did not include any key-value pairs" unless YAML.safe_load(@text, permitted_classes: [Symbol]).is_a?(Hash)
      rescue Psych::SyntaxError => error
        "#{[error.problem, error.context].compact * ' '} at line #{error.line} column #{error.column}"
      rescue Psych::BadAlias # which names the alias: `password: *hunter2`
        "A value that begins with * needs quotes"
      rescue Psych::Exception, ArgumentError
        "A date, a time or a value with a tag needs quotes"
      end
    end
  end
end

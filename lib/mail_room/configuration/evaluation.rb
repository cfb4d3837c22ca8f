# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Configuration
    # Runs code that stands in a configuration: ERB, or a `gitlab.rb`. It is code of somebody else's (GitLab's template
    # requires GitLab's own libraries), so anything may be raised in it.
    module Evaluation
      # What is printed meanwhile goes to standard error: a program may be reading standard output.
      #
      # @param path [String] of the file with the code
      # @param language [String] it is written in
      # @return [Object] what the block returns
      # @raise [ConfigurationError] for whatever is raised; does not name the path. ERB may end the process,
      #   but not with status 0, as if all were well; a `gitlab.rb` may not
      def self.run(path, language:)
        output = $stdout
        $stdout = $stderr
        yield
      rescue SignalException, NoMemoryError
        raise
      rescue Exception => error # rubocop:disable Lint/RescueException -- see above
        raise if error.is_a?(SystemExit) && language == "ERB" && !error.success?

        # Whoever prints the cause as well would print what is left out here.
        raise ConfigurationError, TemplateFailure.new(error, path, language: language).to_s, cause: nil
      ensure
        $stdout = output
      end
    end
  end
end

# frozen_string_literal: true

require "mail_room"

module MailRoom
  module Tasks
    # The application in whose folder Rake runs, and where it keeps what these tasks read.
    class Application
      # Where the Linux package and GitLab's images have the application.
      PACKAGE = "/opt/gitlab/embedded/service/gitlab-rails"

      # @return [String]
      attr_reader :root

      # @param root [String] the Rails root; without Rails the folder of the Rakefile, where Rake goes
      def initialize(root = rails_root || Dir.pwd)
        @root = root.to_s
      end

      # @return [String] path of the configuration that has the mailboxes: `config/mail_room.yml`, or GitLab's
      #   settings where there is none
      def configuration
        path = File.join(root, "config/mail_room.yml")
        File.exist?(path) ? path : settings
      end

      # @return [String] path of GitLab's settings, `config/gitlab.yml` if nothing else is given
      def settings
        File.expand_path(GitLab::Installation.named_by_environment || Secret::CONFIG_FILE, root)
      end

      # @param mailbox [String] `incoming_email` or `service_desk_email`
      # @return [Boolean] whether GitLab's settings turn it on; true where there are none
      # @raise [ConfigurationError] when they cannot be read
      def enabled?(mailbox)
        !File.exist?(settings) || (within_settings { installation.section(mailbox) } || {}).fetch(:enabled, false)
      end

      # @param mailbox [String] see {#enabled?}
      # @return [GitLab::EncryptedFile]
      # @raise [ConfigurationError] when the settings cannot be read
      def encrypted_file(mailbox)
        within_settings { installation.encrypted_file(mailbox) }
      end

      # @return [Boolean]
      def production?
        return within_settings { installation.environment } == "production" if File.exist?(settings)

        ENV.values_at(*GitLab::Installation::ENVIRONMENT).find { |name| !name.to_s.empty? } == "production"
      end

      # @return [Boolean] whether runit starts and watches mail_room here
      def linux_package?
        root == PACKAGE || File.extname(settings) == ".rb"
      end

      private

      def rails_root
        ::Rails.root if defined?(::Rails.root)
      end

      def installation
        @installation ||= GitLab::Installation.read(settings)
      end

      def within_settings
        yield
      rescue ConfigurationError => error
        raise ConfigurationError, "#{settings}: #{error.message}"
      end
    end
  end
end

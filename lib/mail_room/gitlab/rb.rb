# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    # The installation that the `gitlab.rb` of a Linux package describes. `gitlab-ctl reconfigure` makes a
    # `gitlab.yml` of it; this reads it as that does.
    #
    # Source: `attributes/default.rb`, `recipes/gitlab-rails.rb` and `libraries/incoming_email.rb` of the Linux
    # package's cookbook.
    class Rb < Installation
      autoload :Attributes, "mail_room/gitlab/rb/attributes"
      autoload :Program, "mail_room/gitlab/rb/program"
      autoload :Redis, "mail_room/gitlab/rb/redis"
      autoload :Web, "mail_room/gitlab/rb/web"

      # Where the package is installed, where its Rails application keeps what it writes, and its log.
      FOLDERS = { install: "/opt/gitlab", rails: "/var/opt/gitlab/gitlab-rails",
                  log: "/var/log/gitlab/mailroom" }.freeze

      # What the package calls the keys of `gitlab.yml`, where it has other names.
      RENAMED = { user: :email, mailbox: :mailbox_name, log_path: :log_file }.freeze

      # The names behind `gitlab_rails['incoming_email_`, and what `gitlab.yml` calls them. The token is what the
      # package writes into the file with the secret.
      WORDS = { **Section::WORDS.transform_keys { |key| RENAMED.fetch(key, key) }, auth_token: :auth_token }.freeze

      # What the package writes where nothing is set.
      DEFAULTS = { inbox_method: "imap", delivery_method: "webhook" }.freeze

      # @param path [String]
      # @raise [ConfigurationError] when it cannot be read or evaluated
      def initialize(path)
        super
        @attributes = Program.new(path).attributes
        warn_of_misplaced
        @rails = @attributes.section("gitlab_rails")
        install = @attributes.section("package").text("install-dir") || FOLDERS[:install]
        @root = File.join(install, "embedded/service/gitlab-rails")
        @environment = rails_environment || @rails.text("environment") || "production"
      end

      # (see Installation#sender)
      def sender
        @rails.text("gitlab_email_from")
      rescue ConfigurationError # it is made of what only gitlab-ctl knows
        nil
      end

      private

      # Any name is taken, and so is a misspelled one.
      def warn_of_misplaced
        (@attributes.keys - ["gitlab_rails"]).product(Section::NAMES) do |section, name|
          next unless @attributes.section(section).given("#{name}_enabled")

          Notice.warn("#{path}: #{section}['#{name}_enabled'] is passed over, did you mean gitlab_rails?")
        end
      end

      def make_section(name)
        written = @rails.below("#{name}_")
        return if written.empty?

        Section.new(name, { **defaults(name), **Keys.symbolize(written) }, root: root, words: WORDS,
                                                                           place: ->(key) { place(name, key) })
      end

      def defaults(name)
        folder = @attributes.section("mailroom").text("log_directory") || FOLDERS[:log]
        { **DEFAULTS, log_file: File.join(folder, "mail_room_json.log"), secret_file: secret_file(name),
                      gitlab_url: web.url }
      end

      # The package writes it below its own folder, and links to it from the Rails root.
      def secret_file(name)
        files = [File.join(root, ".gitlab_#{name}_secret"), File.join(folder, "etc/gitlab_#{name}_secret"),
                 File.join(folder, "etc/.gitlab_#{name}_secret")]
        files.find { |file| File.exist?(file) } || files.first
      end

      def folder
        @rails.text("dir") || FOLDERS[:rails]
      end

      def place(name, key = nil)
        # It is derived, and has no name of its own.
        return "external_url" if key == :gitlab_url

        place_of_word(name, key ? RENAMED.fetch(key, key) : "...")
      end

      def place_of_word(name, word)
        "gitlab_rails['#{name}_#{word}']"
      end

      # Most often it is the one of `gitlab.yml`.
      def hint(name, key, nearest)
        word = RENAMED.fetch(key, nearest)
        word && place_of_word(name, word)
      end

      def translated(name, word)
        told = super
        told == place(name, :secret_file) ? "#{told}, a file that gitlab-ctl reconfigure makes," : told
      end

      def host
        web.host
      end

      def web
        Web.new(@attributes)
      end

      def redis
        Redis.new(@attributes).read
      end

      def encrypted_folder
        shared = @rails.text("shared_path") || File.join(folder, "shared")
        @rails.text("encrypted_settings_path") || File.join(shared, "encrypted_settings")
      end

      # What is set in this file counts for the package, too.
      def key_base
        @rails.text("encrypted_settings_key_base") || super
      end

      def secrets_path
        File.join(File.dirname(File.expand_path(path)), "gitlab-secrets.json")
      end

      def secrets_section
        Secrets::PACKAGE_SECTION
      end
    end
  end
end

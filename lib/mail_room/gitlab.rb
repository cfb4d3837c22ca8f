# frozen_string_literal: true

require "mail_room"

module MailRoom
  # A GitLab as its own files describe it, so that one file says how it takes mail: `gitlab.yml`, or the
  # `gitlab.rb` of a Linux package.
  module GitLab
    autoload :EncryptedFile, "mail_room/gitlab/encrypted_file"
    autoload :Installation, "mail_room/gitlab/installation"
    autoload :Rb, "mail_room/gitlab/rb"
    autoload :Redis, "mail_room/gitlab/redis"
    autoload :Secrets, "mail_room/gitlab/secrets"
    autoload :Section, "mail_room/gitlab/section"
    autoload :Yml, "mail_room/gitlab/yml"

    # @param path [String] as it is written
    # @param folder [String] that a relative one is below
    # @param place [String] where it is written, for the error
    # @return [String] the absolute path
    # @raise [ConfigurationError] when it can be none
    def self.absolute(path, folder, place)
      File.expand_path(path, folder)
    rescue ArgumentError, TypeError # such as the home of a user who does not exist
      raise ConfigurationError, "#{place} is no path of a file"
    end
  end
end

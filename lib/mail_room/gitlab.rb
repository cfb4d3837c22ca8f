# frozen_string_literal: true

require "mail_room"

module MailRoom
  # A GitLab as its own files describe it.
  module GitLab
    autoload :EncryptedFile, "mail_room/gitlab/encrypted_file"
    autoload :Secrets, "mail_room/gitlab/secrets"
  end
end

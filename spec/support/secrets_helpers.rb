# frozen_string_literal: true

require "erb"
require_relative "secrets"
require_relative "servers/folder"

# For examples of secrets that must not be told.
module SecretsHelpers
  def secrets
    @secrets ||= Secrets.new
  end

  # @return [Servers::Folder] for files that hold some
  def folder
    @folder ||= Servers::Folder.new("secrets").tap { |folder| disposables << folder }
  end

  # @return [String] the secret of this name
  def secret(name, plain: false)
    secrets.secret(name, plain: plain)
  end

  # @return [String] the same as it is written in a URL
  def escaped(name)
    ERB::Util.url_encode(secret(name))
  end

  # Looks at all that the process wrote, and at its title.
  def expect_untold(process = processes.last)
    expect(secrets.told_by([process.everything, process.title].join("\n"))).to eq([])
  end
end

RSpec.configure do |config|
  config.include SecretsHelpers, :secrets
end

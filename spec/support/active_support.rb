# frozen_string_literal: true

require "json"
require "open3"
require "rbconfig"

# ActiveSupport as it comes with the system, in a process of its own without our bundle.
module ActiveSupportProgram
  PROGRAM = <<~RUBY
    require "json"
    require "active_support"
    require "active_support/core_ext"
    require "active_support/message_encryptor"
    require "active_support/encrypted_file"
    require "active_support/encrypted_configuration"
    require "active_support/key_generator"
    require "openssl"

    # ActiveSupport 7 takes any hash.
    def key_of(base, digest)
      return ActiveSupport::KeyGenerator.new(base).generate_key("GitLabEncryptedConfigSalt", 32) if digest == "SHA1"

      OpenSSL::KDF.pbkdf2_hmac(base, salt: "GitLabEncryptedConfigSalt", iterations: 2**16, length: 32, hash: digest)
    end

    # As GitLab makes it.
    def encryptor(given)
      serializer = given["json"] ? JSON : nil
      main, *rotated = given["keys"].map { |base| key_of(base, given["digest"] || "SHA1") }
      encryptor = ActiveSupport::MessageEncryptor.new(main, cipher: "aes-256-gcm", serializer: serializer)
      rotated.each { |key| encryptor.rotate(key) }
      encryptor
    end

    # With GitLab's cipher and key, since its own are fixed.
    def configuration(given)
      kind = Class.new(ActiveSupport::EncryptedConfiguration) do
        define_method(:encryptor) { @encryptor ||= encryptor_of_gitlab }
        define_method(:check_key_length) {}
        define_method(:encryptor_of_gitlab) { Object.new.send(:encryptor, given) }
      end
      kind.new(config_path: given["path"], key_path: "none", env_key: "GITLAB_KEY", raise_if_missing_key: true)
    end

    given = JSON.parse($stdin.read)
    ENV["GITLAB_KEY"] = "unused"
    answer = case given["action"]
             when "read" then encryptor(given).decrypt_and_verify(File.binread(given["path"]))
             when "write" then File.binwrite(given["path"], encryptor(given).encrypt_and_sign(given["value"]))
             when "configuration" then configuration(given).config
             when "write configuration" then configuration(given).write(given["value"])
             end
    puts JSON.generate(answer: answer)
  RUBY

  # @return [Object] what the program answers
  def active_support(action, path, **given)
    clean = ENV.keys.grep(/\A(?:BUNDLE|BUNDLER|GEM|RUBY)/).to_h { |name| [name, nil] }
    output, errors, status = Open3.capture3(clean, RbConfig.ruby, "-W0", "-e", PROGRAM,
                                            stdin_data: JSON.generate(given.merge(action: action, path: path)))
    raise "ActiveSupport failed:\n#{errors}" unless status.success?

    JSON.parse(output).fetch("answer")
  end
end

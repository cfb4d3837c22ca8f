# frozen_string_literal: true

require "json"
require "tmpdir"

RSpec.describe MailRoom::GitLab::Secrets do
  around do |example|
    Dir.mktmpdir do |folder|
      @folder = folder
      example.run
    end
  end

  attr_reader :folder

  def load(text, name: "secrets.yml", environment: "production")
    path = File.join(folder, name)
    File.write(path, text)
    described_class.load(path, environment)
  end

  it "has the keys of the environment" do
    secrets = load(<<~YAML)
      production:
        encrypted_settings_key_base: now
        rotated_encrypted_settings_key_base: [older, oldest]
      test:
        encrypted_settings_key_base: of the tests
    YAML

    expect(secrets).to have_attributes(encrypted_settings_key_base: "now",
                                       rotated_encrypted_settings_key_base: %w[older oldest])
  end

  it "takes what all environments share where the environment says nothing of it" do
    secrets = load(<<~YAML)
      shared:
        :encrypted_settings_key_base: of all
        rotated_encrypted_settings_key_base: alone
      production: &production
        encrypted_settings_key_base: of production
      staging: *production
      test:
    YAML

    expect(secrets).to have_attributes(encrypted_settings_key_base: "of production",
                                       rotated_encrypted_settings_key_base: ["alone"])
    expect(described_class.load(File.join(folder, "secrets.yml"), "test").encrypted_settings_key_base).to eq("of all")
  end

  it "evaluates ERB" do
    expect(load("test:\n  encrypted_settings_key_base: <%= 'x' * 3 %>\n", environment: "test"))
      .to have_attributes(encrypted_settings_key_base: "xxx", rotated_encrypted_settings_key_base: [])
  end

  it "reads the file of the Linux package, whatever the environment" do
    text = JSON.generate(gitlab_workhorse: { secret_token: "other" },
                         gitlab_rails: { encrypted_settings_key_base: "<%= no ERB %>" })

    expect(load(text, name: "gitlab-secrets.json").encrypted_settings_key_base).to eq("<%= no ERB %>")
  end

  it "has no keys without a file, and without an entry" do
    texts = ["production:\n", "production: {encrypted_settings_key_base: }\n",
             "production: {encrypted_settings_key_base: ''}\n"]

    expect([described_class.load(File.join(folder, "none.yml"), "production"), *texts.map { |text| load(text) }])
      .to all(have_attributes(encrypted_settings_key_base: nil, rotated_encrypted_settings_key_base: []))
  end

  it "names the file and the section that are no mapping, but no value" do
    ["hunter2", "production: hunter2", "production:\n  - hunter2"].each do |text|
      expect { load(text) }.to raise_error(
        MailRoom::ConfigurationError, /\A#{folder}\S+: (the top level|production) must be a mapping, not \w+\z/
      )
    end
  end

  it "tells no secret of a file that cannot be parsed, nor when it is inspected" do
    expect { load("production:\n  encrypted_settings_key_base: *hunter2\n") }
      .to raise_error(MailRoom::ConfigurationError, not_include("hunter2"))
    expect { load('{"gitlab_rails": hunter2}', name: "gitlab-secrets.json") }
      .to raise_error(MailRoom::ConfigurationError, /\A\S+: is no JSON\z/)
    expect(load("production:\n  encrypted_settings_key_base: hunter2\n").inspect).not_to include("hunter2")
  end
end

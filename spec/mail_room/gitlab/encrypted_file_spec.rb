# frozen_string_literal: true

require "tmpdir"

RSpec.describe MailRoom::GitLab::EncryptedFile do
  include ActiveSupportProgram

  around do |example|
    Dir.mktmpdir do |folder|
      @path = File.join(folder, "incoming_email.yaml.enc")
      example.run
    end
  end

  let(:key) { "0123456789abcdef" }
  let(:older) { "fedcba9876543210" }
  let(:text) { "user: 'incoming@example.com'\npassword: 'gr\u00FCn'\n" }

  attr_reader :path

  def file(key: self.key, **others)
    described_class.new(path, key: key, **others)
  end

  def refuse(message)
    raise_error(MailRoom::ConfigurationError, message)
  end

  def wrong_key
    refuse("Couldn't decrypt #{path}. Perhaps you passed the wrong key?")
  end

  describe "beside ActiveSupport" do
    it "writes what GitLab reads" do
      file.write(text)

      expect(active_support("read", path, keys: [key])).to eq(text)
    end

    it "writes what an encrypted configuration of Rails reads" do
      file.write(text)

      expect(active_support("configuration", path, keys: [key]))
        .to eq("user" => "incoming@example.com", "password" => "gr\u00FCn")
    end

    it "reads what GitLab and Rails write" do
      active_support("write", path, keys: [key], value: text)
      expect(file.read).to eq(text)

      active_support("write configuration", path, keys: [key], value: text * 40)
      expect(file.read).to eq(text * 40)
    end

    it "reads and keeps the hash and the serializer of newer applications" do
      [{ digest: "SHA256" }, { json: true }].each do |setting|
        active_support("write", path, keys: [key], value: text, **setting)
        expect(file.change { |before| "# more\n#{before}" }).to be(true)
        expect(active_support("read", path, keys: [key], **setting)).to eq("# more\n#{text}")
      end
    end

    it "reads what was written with a rotated key, and writes with the current one" do
      active_support("write", path, keys: [older], value: text)
      rotated = file(rotated: ["short", older])
      expect(rotated.credentials[:user]).to eq("incoming@example.com")

      rotated.change { |before| before.sub("incoming", "support") }
      expect(file.credentials[:user]).to eq("support@example.com")
    end

    it "writes what an application reads whose key was rotated since" do
      file(key: older).write(text)

      expect(active_support("read", path, keys: [key, older])).to eq(text)
    end
  end

  describe "what cannot be opened" do
    it "is a file of another key" do
      file.write(text)

      expect { file(key: older).read }.to wrong_key
    end

    it "is a file that is broken, cut off or tampered with" do
      file.write(text)
      message = File.read(path)
      data, vector, tag = message.split("--")
      other = ->(part) { part.tr("A-Ya-y", "B-Zb-z") }
      broken = ["", "hunter2", message[0..-2], [data, vector].join("--"), [other[data], vector, tag].join("--"),
                [data, other[vector], tag].join("--"), [data, vector, other[tag]].join("--"),
                [data, vector, [tag.unpack1("m")[0, 4]].pack("m0")].join("--"), "#{message}--#{tag}",
                ["", vector, tag].join("--"), "\xFF\xFE--\x00--#{tag}", ["!", "!", "!"].join("--")]

      broken.each do |content|
        File.binwrite(path, content)
        expect { file.read }.to wrong_key
      end
    end

    it "is an object of any class but String" do
      key = described_class::Key.derive(self.key, "SHA1")
      variable = "\x04\x08I\"\x06a\x06:\x06@o:\vObject\0"
      more = Marshal.dump("a") + Marshal.dump("b")
      [Marshal.dump(["a"]), Marshal.dump(1), variable, more, "\x04\x08\"\x7Fa", "{}", "[1]", "plain"].each do |payload|
        File.binwrite(path, described_class::Message.seal(payload, key))
        expect { file.read }.to wrong_key
      end
    end

    it "is one without a key, or with one that is too small" do
      file.write(text)

      [nil, ""].each do |none|
        expect { file(key: none).read }.to refuse("#{path}: Missing encryption key to encrypt/decrypt file with.")
      end
      expect { file(key: "0123456789abcde").read }.to refuse("#{path}: Base key too small")
    end

    it "is a folder" do
      Dir.mkdir(path)

      expect { file.read }.to refuse("#{path}: is no file")
    end
  end

  describe "#credentials" do
    it "has user and password and nothing else" do
      file.write("user: me\npassword: \nhost: imap.example.com\n")

      expect(file.credentials).to eq(user: "me")
    end

    it "takes symbols for keys, as GitLab does" do
      file.write(":user: me\n:password: hunter2\n")

      expect(file.credentials).to eq(user: "me", password: "hunter2")
    end

    it "has nothing without a file, without a key and in a template that nobody filled in" do
      expect(file.credentials).to eq({})

      file.write("# password: '123'\n")
      expect([file.credentials, file(key: nil).credentials]).to all(eq({}))
    end

    it "refuses what is no mapping, and quotes nothing of it" do
      ["hunter2", "- hunter2", "password: *hunter2", "password: 'hunter2", "password: !ruby/object:Hunter2 {}"]
        .each do |content|
          file.write(content)
          expect { file.credentials }.to refuse("#{path}: Content was not a valid yml config file")
        end
    end
  end

  describe "#write" do
    it "leaves a file that only its owner can read, and nothing else" do
      file.write(text)

      expect([File.stat(path).mode.to_s(8), Dir.children(File.dirname(path))])
        .to eq(["100600", [File.basename(path)]])
    end

    it "keeps the owner when root writes, and gives a new file to the owner of the folder" do
      skip "only root can give files away" unless Process.euid.zero?

      File.chown(1234, 1235, File.dirname(path))
      file.write(text)
      expect(File.stat(path)).to have_attributes(uid: 1234, gid: 1235)

      File.chown(1236, 1237, path)
      file.write(text)
      expect(File.stat(path)).to have_attributes(uid: 1236, gid: 1237)
    end

    it "writes what a link points to" do
      real = "#{path}.real"
      File.symlink(real, path)
      file.write(text)
      expect([File.symlink?(path), file.read]).to eq([true, text])

      file.write("#{text}#")
      expect([File.symlink?(path), File.stat(real).mode.to_s(8), file.read]).to eq([true, "100600", "#{text}#"])
    end

    it "replaces a file that no key opens" do
      File.write(path, "broken")
      file.write(text)

      expect(file.read).to eq(text)
    end

    it "needs a folder, a key and UTF-8" do
      away = described_class.new("#{path}/none/file", key: key)
      expect { away.write(text) }
        .to refuse("Directory #{path}/none does not exist. Create the directory and try again.")
      expect { file(key: nil).write(text) }.to refuse("#{path}: Missing encryption key to encrypt/decrypt file with.")
      expect { file.write("password: \xFF") }.to refuse("#{path}: the new content is not valid UTF-8")
      expect { file.write("#" * 600_000) }.to refuse("#{path}: the new content is too large")
      expect(file).not_to exist
    end
  end

  describe "#change" do
    it "writes nothing where nothing is new" do
      file.write(text)
      before = File.read(path)

      expect([file.change(&:itself), File.read(path)]).to eq([false, before])
    end

    it "makes a file that was not there" do
      given = nil

      expect([file.change { |before| (given = before) && "user: me" }, given, file.read]).to eq([true, "", "user: me"])
    end

    it "is one at a time" do
      file.write(text)

      file.change do |before|
        expect { file.change { raise "not reached" } }.to refuse(/\A#{path}: somebody else is changing /)
        before.upcase
      end
      expect(file.read).to eq(text.upcase)
    end

    it "leaves the file as it is when the change fails, and lets others change it" do
      file.write(text)

      expect { file.change { raise Errno::ENOENT, "vim" } }.to raise_error(Errno::ENOENT)
      expect(file.change { "user: me" }).to be(true)
    end
  end

  it "tells no secret when it is inspected" do
    expect(file.inspect).to eq("#<MailRoom::GitLab::EncryptedFile>")
  end
end
